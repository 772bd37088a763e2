// A quiz asks first: choose, then see which answers hold and why, with a score, and try again. Nothing is stored.
// Without this script every option unfolds to its explanation, as it stands in the page.
(() => {
  "use strict";
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const made = (kind, values = {}, ...content) => {
    const element = Object.assign(document.createElement(kind), values);
    element.append(...content);
    return element;
  };
  const places = new Set(all("details.quiz").map((option) => option.parentElement));
  if (places.size !== 1) return; // the printed book holds all quizzes on one page, and prints them folded out
  const [section] = places;
  const form = made("form", { className: "ftsec-quiz", noValidate: true });
  const tries = [];

  // one question: the paragraph that asks, and the options that follow it
  function question(ask, options, number) {
    const legend = made("legend", {}, ...ask.childNodes);
    const choices = options.map((option, place) => {
      const radio = made("input", { type: "radio", name: `quiz-${number}`, value: String(place) });
      const words = made("span", {}, ...option.querySelector("summary").childNodes);
      const mark = made("strong", { className: "ftsec-quiz-mark", hidden: true });
      const why = made("div", { className: "ftsec-quiz-why", hidden: true }, ...all(":scope > :not(summary)", option));
      const right = why.querySelector("strong")?.textContent === "Yes."; // how the page marks the one that holds
      const box = made("div", { className: "ftsec-quiz-option" }, made("label", {}, radio, " ", words), mark, why);
      return { radio, mark, why, box, right };
    });
    const set = made("fieldset", {}, legend, ...choices.map((choice) => choice.box));
    return { set, choices, chosen: () => choices.find((choice) => choice.radio.checked) };
  }

  function read() {
    const groups = [];
    for (const option of all(":scope > details.quiz", section)) {
      const before = option.previousElementSibling;
      if (!before.matches("details.quiz")) groups.push([before, []]);
      groups.at(-1)[1].push(option);
    }
    return groups;
  }

  const groups = read();
  const first = groups[0][0];
  const intro = first.previousElementSibling;
  first.before(form);
  const questions = groups.map(([ask, options], index) => question(ask, options, index + 1));
  for (const [ask, options] of groups) for (const each of [ask, ...options]) each.remove();
  if (intro?.matches("p")) intro.textContent = "Choose an answer to each question; then see which hold, and why.";

  const show = made("button", { type: "submit", textContent: "Show the answers" });
  const again = made("button", { type: "button", textContent: "Try again", hidden: true });
  const told = made("output", { className: "ftsec-quiz-told" });
  told.setAttribute("aria-live", "polite");
  const open = made("output", { className: "ftsec-quiz-told" });
  open.setAttribute("aria-live", "polite");
  form.append(...questions.map((each) => each.set), made("p", { className: "ftsec-quiz-bar" }, show, again, told));

  function reveal(shown) {
    for (const { choices, chosen } of questions) {
      for (const choice of choices) {
        const mine = shown && choice === chosen();
        choice.why.hidden = !shown;
        choice.mark.hidden = !(mine || (shown && choice.right));
        choice.mark.textContent = mine ? (choice.right ? "✓ your choice, and it holds" : "✗ your choice") : "✓ this one holds";
        choice.box.classList.toggle("is-right", shown && choice.right);
        choice.box.classList.toggle("is-wrong", mine && !choice.right);
        choice.radio.disabled = shown;
      }
    }
    show.hidden = shown;
    again.hidden = !shown;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = questions.findIndex((each) => !each.chosen());
    if (missing >= 0) {
      open.value = `Question ${missing + 1} has no answer yet.`;
      questions[missing].set.querySelector("legend").after(open); // where the reader is led
      questions[missing].choices[0].radio.focus();
      return;
    }
    open.remove();
    tries.push(questions.filter((each) => each.chosen().right).length);
    reveal(true);
    const earlier = tries.length > 1 ? ` Earlier tries: ${tries.slice(0, -1).join(", ")}.` : "";
    told.value = `${tries.at(-1)} of ${questions.length} right.${earlier}`;
    again.focus();
  });
  again.addEventListener("click", () => {
    reveal(false);
    form.reset();
    told.value = "";
    questions[0].choices[0].radio.focus();
  });
})();
