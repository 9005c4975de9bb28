// Where guides are drawn: authoring/guide/editor.js joins the parts, each in a file beside it.
import "./guide/editor.js";
