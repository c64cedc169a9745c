// `autofocus` acts only when a dialog opens; what comes into one later, or into the page, takes the focus by this ref.
export const first = (node) => {
  if (!node || node.dataset.begun) return;
  node.dataset.begun = "1";
  node.focus();
};
