"""The ``ftsec`` command: thin. Each subcommand lives in a module that is imported only when it is called."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from traceback import print_exc

import click

from ftsec import __version__
from ftsec.base import statuses
from ftsec.base.errors import InputError, did_you_mean

# command name -> (module that defines it, name of the click command, one line for --help)
COMMANDS = {
    "audit": ("ftsec.cli.audit", "audit", "Give one answer on a fine-tuning run: is there a reason to stop?"),
    "build": ("ftsec.cli.build", "build", "Execute stale chapters and build the book."),
    "canaries": ("ftsec.cli.canaries", "canaries_group", "Plant canaries and score a model's memory of them."),
    "compare": ("ftsec.cli.compare", "compare", "Put stored runs into one table, with summary, figure and report."),
    "dedup": ("ftsec.cli.corpus", "dedup", "Remove exact and near-duplicates from a corpus."),
    "doctor": ("ftsec.cli.doctor", "doctor", "Check whether this computer is ready for class."),
    "evidence": ("ftsec.cli.evidence", "evidence", "Check rows that you propose; take the tables along."),
    "filter": ("ftsec.cli.corpus", "filter_command", "Filter a corpus by quality rules, perplexity or your terms."),
    "game": ("ftsec.cli.game.commands", "game", "Red against blue: a classroom game on the testbed."),
    "gate": ("ftsec.cli.gate", "gate", "Judge a fine-tuning run by safety gates; plan how many prompts that needs."),
    "list": ("ftsec.cli.parameters", "list_chapters", "List the chapters with their parameters."),
    "live": ("ftsec.cli.live", "live", "Let the articles' code run in the built pages."),
    "llm": ("ftsec.cli.llm", "llm", "Teach a real language model a harmless policy, and attack it."),
    "lookup": ("ftsec.cli.lookup", "lookup", "Look a planned fine-tuning run up in the literature."),
    "new": ("ftsec.cli.new", "new", "Begin a new chapter."),
    "params": ("ftsec.cli.parameters", "params", "Show a chapter's parameters."),
    "epub": ("ftsec.cli.build", "epub", "Write the whole book to one ePub."),
    "pdf": ("ftsec.cli.build", "pdf", "Print the whole book to one PDF."),
    "provenance": ("ftsec.cli.provenance", "provenance", "Record and verify the origin of files and adapters."),
    "publish": ("ftsec.cli.publish", "publish", "Write the built book as a checked folder and an archive."),
    "refresh": ("ftsec.cli.build", "refresh", "Re-execute chapters and write their reference outputs back."),
    "run": ("ftsec.cli.run", "run", "Run a chapter with new parameters."),
    "runs": ("ftsec.cli.runs", "runs", "List, show, compare or remove stored runs."),
    "slides": ("ftsec.cli.slides", "slides", "Make slides from executed chapters."),
    "sweep": ("ftsec.cli.sweep", "sweep", "Run a chapter many times; nothing is lost."),
    "testbed": ("ftsec.cli.testbed", "testbed", "Pre-train the testbed and compute its stored tables."),
    "workshop": ("ftsec.cli.workshop", "workshop", "Make the kit for teaching: student and instructor edition."),
}

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # what a full disk, or one that is full for this user, answers

# optional package -> the extra that brings it; every other one comes with the extra `chapters`
BOOK = ("fontTools", "jupyter_book", "latex2mathml", "nbconvert", "PIL", "pypdf", "sphinx", "tinycss2")
EXTRAS = {"dask": "cluster", "distributed": "cluster", "playwright": "test"} | dict.fromkeys(BOOK, "book")


@contextmanager
def _quiet_ends() -> Iterator[None]:
    """A closed pipe ends the command with a status of its own, click's is 1, a verdict here; an interrupt was told.

    A full disk is told in one sentence. What is printed leaves here, not when Python ends and nobody can tell.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise click.exceptions.Exit(statuses.INTERRUPTED) from None
    except BrokenPipeError:
        _drop_output()
        raise click.exceptions.Exit(statuses.PIPE_CLOSED) from None
    except OSError as error:
        if error.errno not in FULL:
            raise
        _drop_output()
        raise InputError(f"the output cannot be written ({error.strerror})") from None


def _drop_output() -> None:
    """What is left to write goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            raise InputError(f"there is no command {name!r}{did_you_mean(name, COMMANDS) or '; see --help'}")
        module, attribute, _ = COMMANDS[name]
        return getattr(import_module(module), attribute)

    def make_context(self, *arguments: object, **options: object) -> click.Context:
        with _quiet_ends():  # help is written while arguments are read
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> object:
        with _quiet_ends():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in sorted(COMMANDS)])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ftsec")
@click.option("--traceback", is_flag=True, help="Show where a fault of the program happened.")
def cli(traceback: bool) -> None:
    """The measured book of training-phase security."""
    if traceback:
        os.environ["FTSEC_TRACEBACK"] = "1"


def _interrupt(*_: object) -> None:
    """Tell at once, then leave by the clean-ups, which take a moment; whoever asks again leaves without them."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(statuses.INTERRUPTED))
    print("ftsec: interrupted", file=sys.stderr, flush=True)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; whatever goes wrong ends in one sentence and a status of `ftsec.base.statuses`."""
    # leave by the clean-ups when asked to end, as on an interrupt: no half-written file, no kernel left behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(statuses.ENDED))
    signal.signal(signal.SIGINT, _interrupt)
    try:
        ended = cli.main(standalone_mode=False)  # click returns the status that a command asked for
        sys.exit(ended if isinstance(ended, int) else statuses.DONE)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted", statuses.INTERRUPTED)
    except click.ClickException as mistake:
        said = mistake.format_message()
        if said.startswith("Usage: "):  # of a command that was called without any word
            click.echo(said, err=True)
            sys.exit(statuses.UNUSABLE)
        _fail(said, statuses.UNUSABLE)
    except InputError as mistake:
        _fail(str(mistake), statuses.UNUSABLE)
    except Exception as fault:
        if os.environ.get("FTSEC_TRACEBACK"):
            print_exc()
        _fail(*_explained(fault))


def _explained(fault: Exception) -> tuple[str, int]:
    """A sentence on an exception that no command foresaw, and its status: never one that a verdict has."""
    package = (getattr(fault, "name", None) or "").partition(".")[0]
    if package in {"torch", "transformers", "peft"}:
        return f"this needs {package}: run `make llm`, then call .venv-llm/bin/ftsec", statuses.UNUSABLE
    if isinstance(fault, ModuleNotFoundError) and package not in {"", "ftsec", *sys.stdlib_module_names}:
        extra = EXTRAS.get(package, "chapters")
        return f"this needs {package}, which comes with: pip install 'ftsec[{extra}]'", statuses.UNUSABLE
    said = f"{type(fault).__name__}: {fault}".splitlines()[0]
    return f"a fault of the program, not an answer ({said}); FTSEC_TRACEBACK=1 shows where", statuses.INTERNAL


def _fail(sentence: str, status: int) -> None:
    with suppress(BrokenPipeError):
        print(f"ftsec: {sentence}", file=sys.stderr, flush=True)
    sys.exit(status)
