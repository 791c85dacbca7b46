/* "/" goes to the search box from anywhere but a field; Escape leaves it. */
document.addEventListener("keydown", (event) => {
  const box = document.getElementById("search");
  if (!box) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable='true']");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && event.target === box) {
    box.blur();
  }
});
