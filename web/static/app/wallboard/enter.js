// The token is in the fragment, which the browser keeps to itself; it goes to the server once, in a form's body.
const token = decodeURIComponent(location.hash.slice(1));
if (token) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("wall-token").value = token;
  document.getElementById("wall-form").submit();
}
