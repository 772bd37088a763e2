// Puts the pieces of a figure that is higher than a page in its place. Takes {address, pieces}.
({ address, pieces }) => {
  if (pieces.length < 2) return;
  for (const image of [...document.images].filter((each) => each.src === address)) {
    const parts = pieces.map((piece, index) => {
      const part = image.cloneNode();
      part.src = piece;
      part.alt = index ? `Part ${index + 1} of ${pieces.length} of the figure that begins above.` : image.alt;
      part.classList.add("ftsec-piece");
      return part;
    });
    image.closest("figure")?.classList.add("ftsec-pieces");
    image.replaceWith(...parts);
  }
};
