// A cell that moved to another page: its old address goes on to it. The link in the same line of the list names the page.
(() => {
  const follow = () => {
    const old = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!old?.classList.contains("ftsec-moved")) return;
    const page = old.closest("li").querySelector("a[href]").href.split("#")[0];
    const number = page.match(/(\d\d[a-z]?)_[^/]*$/)[1];
    location.replace(`${page}#${old.id.replace(/^cell-[^-]+/, `cell-${number}`)}`);
  };
  addEventListener("hashchange", follow);
  follow();
})();
