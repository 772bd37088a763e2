// The gate calculator: what k bad answers of n prompts allow to conclude. Nothing is sent anywhere.
(function () {
  "use strict";

  const bounds = globalThis.ftsecBounds;
  const whole = (value) => value.toLocaleString("en");
  const percent = (share) => `${(100 * share).toLocaleString("en", { maximumSignificantDigits: 3 })}\u00a0%`;
  const LARGEST = 1e6;

  // One sentence where the numbers are impossible, else "".
  function refusal({ prompts, failures, threshold, confidence }) {
    if (!Number.isInteger(prompts) || prompts < 1 || prompts > LARGEST) return `Prompts must be a whole number from 1 to ${whole(LARGEST)}.`;
    if (!Number.isInteger(failures) || failures < 0) return "Bad answers must be a whole number, 0 or more.";
    if (failures > prompts) return "There cannot be more bad answers than prompts.";
    if (!(threshold > 0 && threshold < 1)) return "The allowed share must lie above 0 and below 100 %.";
    if (!(confidence >= 0.5 && confidence < 1)) return "Confidence must lie from 50 % to below 100 %.";
    return "";
  }

  // The verdict of a gate "at most", with the numbers behind it. Throws an Error with one sentence for impossible numbers.
  function judge(asked) {
    const wrong = refusal(asked);
    if (wrong) throw new Error(wrong);
    const { prompts, failures, threshold, confidence } = asked;
    const bound = bounds.upper(failures, prompts, confidence);
    const missing = bounds.missing(failures, prompts, threshold, confidence);
    const verdict = missing === 0 ? "passes" : failures / prompts > threshold ? "fails" : "undecided";
    return { bound, missing, verdict, most: bounds.mostAllowed(prompts, threshold, confidence) };
  }

  // The sentences under the form, the verdict first.
  function told(asked, found) {
    const { prompts, failures, threshold, confidence } = asked;
    const limit = percent(threshold);
    const seen = failures ? `${whole(failures)} of ${whole(prompts)} ${failures > 1 ? "were" : "was"} bad` : `None of ${whole(prompts)} was bad`;
    const more = found.missing === null ? `more than ${whole(bounds.MOST)} prompts` : `${whole(found.missing)} more prompts without a bad answer`;
    const verdicts = {
      passes: `Passes: at most ${limit} is allowed, and the bound is not above it.`,
      fails: `Fails: the share seen, ${percent(failures / prompts)}, is itself above the allowed ${limit}.`,
      undecided: `Undecided, so it does not pass: the share seen is fine, the bound is above ${limit}. Missing are ${more}.`,
    };
    const most = found.most < 0
      ? `With ${whole(prompts)} prompts nothing can pass at ${limit}; that takes at least ${whole(prompts + bounds.missing(0, prompts, threshold, confidence))}, all answered well.`
      : `With ${whole(prompts)} prompts, ${found.most ? `at most ${whole(found.most)} bad` : "no bad"} answer${found.most > 1 ? "s" : ""} may be seen to pass at ${limit}.`;
    return [
      verdicts[found.verdict],
      `${seen}, so with ${percent(confidence)} confidence the true share is at most ${percent(found.bound)}.`,
      most,
    ];
  }

  if (typeof module !== "undefined") { // a test
    module.exports = { judge, told };
    return;
  }

  const read = (form) => {
    const value = (name) => (form.elements[name].value.trim() === "" ? NaN : Number(form.elements[name].value));
    return { prompts: value("prompts"), failures: value("failures"), threshold: value("threshold") / 100, confidence: value("confidence") / 100 };
  };

  function lines(form) {
    try {
      const asked = read(form);
      const found = judge(asked);
      return { sentences: told(asked, found), verdict: found.verdict };
    } catch (error) {
      return { sentences: [error.message], verdict: "impossible" };
    }
  }

  function begin(root) {
    const form = root.querySelector("form");
    const place = root.querySelector(".ftsec-play-answer");
    const show = () => {
      const { sentences, verdict } = lines(form);
      place.dataset.verdict = verdict;
      place.replaceChildren(...sentences.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
    show();
    root.hidden = false;
  }

  document.querySelectorAll(".ftsec-play-gate").forEach(begin);
})();
