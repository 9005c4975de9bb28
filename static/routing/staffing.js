// While a day is being played: looks how far it is, by what all pages of long work share.
import "../cbr/work.js";
