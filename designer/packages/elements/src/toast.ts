// Short messages in the corner, read out by the live region around them.

const tones = ["neutral", "accent", "info", "ok", "warn", "bad"];
const seconds = 6;

export function toast(text: string, tone = "info"): void {
  const region = document.getElementById("toasts");
  if (region === null || text === "") return;
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset["tone"] = tones.includes(tone) ? tone : "info";
  box.textContent = text;
  region.append(box);
  expire(box);
}

/** Lets `box` go after a while, but never while the pointer or the focus is on it. */
export function expire(box: HTMLElement): void {
  const leave = (): void => {
    if (box.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else box.remove();
  };
  setTimeout(leave, seconds * 1000);
}
