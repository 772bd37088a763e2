"""JupyterHub for one class on one computer: a shared password, a copy of the kit for each name, no further accounts.

All servers run as the user who starts the hub and can read each other's files: for a class whose people trust each
other, on a computer that does nothing else. The page on the kit says how to start it. Read from the environment:

    FTSEC_KIT           the student edition, set up as its first page says, with jupyterhub installed beside it
    FTSEC_HOMES         where the copies lie; `ftsec workshop gather` reads the predictions there  [default: homes]
    FTSEC_HUB_PASSWORD  what everybody types, at least eight characters
"""

import os
import shutil
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub defines it

kit = Path(os.environ["FTSEC_KIT"]).resolve()
homes = Path(os.environ.get("FTSEC_HOMES", "homes")).resolve()
homes.mkdir(parents=True, exist_ok=True)


def copy_the_kit(spawner):
    """At the first start of a name; later starts find what was left there."""
    home = homes / spawner.user.name
    if not (home / "notebooks").is_dir():
        # the package is installed once, in the kit's environment
        shutil.copytree(kit, home, ignore=shutil.ignore_patterns(".venv", "ftsec"), dirs_exist_ok=True)


c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["FTSEC_HUB_PASSWORD"]
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z0-9-]{1,30}"  # a name is a folder, too

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(homes / "{username}")
c.Spawner.pre_spawn_hook = copy_the_kit
c.Spawner.cmd = [str(kit / ".venv" / "bin" / "jupyterhub-singleuser")]
c.Spawner.args = ["--config=lab.py"]
c.Spawner.default_url = "/lab/tree/start_here.ipynb"
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # thirty people share the cores
c.JupyterHub.concurrent_spawn_limit = 5
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # seconds: a whole class starts at once
