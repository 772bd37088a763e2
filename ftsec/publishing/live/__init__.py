"""The articles' code runs in the page: Pyodide's core in the built site, fetched by a reader who asks for it."""
