// A yes-or-no question in our own dialog, in place of the browser's.
import { say } from "./words.ts";

export function ask(question: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const text = document.createElement("p");
  text.id = "ask-question";
  text.className = "strong";
  text.textContent = question;
  dialog.setAttribute("aria-labelledby", text.id);
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog-actions";
  form.append(button("button subtle", "no", say("cancel")), button("button primary", "yes", say("confirm")));
  dialog.append(text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

function button(style: string, value: string, label: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.className = style;
  made.value = value;
  made.textContent = label;
  return made;
}
