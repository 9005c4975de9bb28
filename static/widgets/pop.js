// A softphone's own call goes on by itself; anything else waits for a person to say yes.
document.querySelector("form[data-at-once]")?.requestSubmit();
