// Python beside the page, so that the page stays usable and a run can be ended. Everything comes from this folder.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = (name) => new URL(name, import.meta.url).href;
const text = async (name) => (await fetch(here(name))).text();

async function start() {
  const python = await loadPyodide({ indexURL: here("pyodide/") });
  const files = { ...JSON.parse(await text("article.json")), "in_page.py": await text("in_page.py") };
  for (const [name, content] of Object.entries(files)) {
    python.FS.mkdirTree(`/book/${name.split("/").slice(0, -1).join("/")}`);
    python.FS.writeFile(`/book/${name}`, content);
  }
  python.runPython("import sys; sys.path.insert(0, '/book')");
  return python.pyimport("in_page");
}

const ready = start();
ready.then(() => postMessage({ ready: true }), (error) => postMessage({ fault: String(error.message ?? error) }));

onmessage = async ({ data }) => {
  const [ok, said] = (await ready).run(data.module, data.code, data.call).toJs();
  postMessage({ ok, said });
};
