// Prints the sheet of a label as soon as it is there, and goes away again where the page opened it.

window.addEventListener("afterprint", () => {
  if (window.opener) window.close();
});
document.getElementById("print").addEventListener("click", () => window.print());
window.print();
