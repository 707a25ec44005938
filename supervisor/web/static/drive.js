// Driving: nothing of it is there unless the server says that whoever looks may. `off` asks nothing; a heater is confirmed.
import { $, make } from "./board.js";
import { number, spoken, t } from "./strings.js";

const CONFIRM = 5;
const limits = (output) => t("limits", number(output.min), number(output.max), output.scale.startsWith("of ") ? "" : spoken(output.scale)).trim();

export class Driver {
  constructor(last) {
    this.last = last;
    this.who = { drive: false, login: false };
    $("off").onclick = () => this.off();
    $("person").onclick = () => (this.who.drive ? this.logout() : this.login());
  }

  me(who) {
    const changed = JSON.stringify(who) !== JSON.stringify(this.who);
    this.who = who;
    if (changed) this.words();
  }

  words() {
    $("off").hidden = !this.who.drive;
    $("person").hidden = !this.who.login;
    $("person").textContent = this.who.drive ? t("logout", this.who.name) : t("login");
  }

  // One attempt, never a second: what was not answered is not known to have been done, and the read-back tells.
  async send(path, body, patience = 8000) {
    const headers = { "Content-Type": "application/json", "X-Pilotage-Token": this.who.token ?? "" };
    try {
      const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(patience) });
      return { ok: reply.ok, ...(await reply.json()) };
    } catch {
      return { ok: false, message: t("no_answer") };
    }
  }

  say(text, bad) {
    const line = make("li", text, { class: bad ? "bad" : "good" });
    $("said").replaceChildren(line);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => line.remove(), 8000);
  }

  async off() {
    const found = await this.send("off", {});
    this.say(found.ok ? t("off_done") : t("refused", found.message), !found.ok);
  }

  button(output, state, held) {
    if (!this.who.drive) return null;
    const button = make("button", t("set"), { type: "button", "aria-label": t("set_title", output.title) });
    button.disabled = state.state !== "running" || Boolean(held);
    if (held) button.title = t("held");
    button.onclick = () => this.ask(output);
    return button;
  }

  dialog(...parts) {
    const form = make("form", "", { method: "dialog" }), row = make("div", "", { class: "row" });
    const cancel = make("button", t("cancel"), { type: "button" });
    cancel.onclick = () => $("dialog").close();
    row.append(cancel);
    form.append(...parts, row);
    $("dialog").replaceChildren(form);
    $("dialog").showModal();
    return { form, row };
  }

  ask(output) {
    const input = make("input", "", { type: "number", inputmode: "decimal", min: output.min, max: output.max, step: "any", required: "", id: "wanted" });
    input.value = this.last().outputs?.[output.name]?.asked ?? output.min;
    const words = make("label", `${output.title}, ${limits(output)}`, { for: "wanted" });
    const { form, row } = this.dialog(words, input);
    row.append(make("button", t("set"), { type: "submit" }));
    form.onsubmit = (event) => {
      event.preventDefault();
      this.set(output, Number(input.value));
    };
    input.select();
  }

  async set(output, value, confirm) {
    const found = await this.send("set", { name: output.name, value, ...(confirm ? { confirm } : {}) });
    if (found.ok && found.confirm) return this.confirm(output, value, found);
    $("dialog").close();
    this.say(found.ok ? t("was_set", output.title, number(found.value)) : t("refused", found.message), !found.ok);
  }

  confirm(output, value, found) {
    const reads = found.reads.map((read) => `${read.name} ${t("now")} ${number(read.value)} ${read.units}`).join(", ");
    const { row } = this.dialog(make("p", `${output.title}: ${number(value)} (${limits(output)})`), make("p", reads, { class: "warn" }));
    const button = make("button", "", { type: "button" });
    let left = CONFIRM;
    const tick = () => {
      button.textContent = t("confirm", number(value), left);
      if (left-- <= 0) $("dialog").close();
    };
    tick();
    const clock = setInterval(tick, 1000);
    $("dialog").onclose = () => clearInterval(clock);
    button.onclick = () => {
      button.disabled = true;
      this.set(output, value, found.confirm);
    };
    row.append(button);
  }

  login() {
    const code = make("input", "", { id: "code", autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: "", maxlength: "20" });
    const name = make("input", "", { id: "name", autocomplete: "username", required: "", maxlength: "40" });
    const { form, row } = this.dialog(make("label", t("code"), { for: "code" }), code, make("label", t("your_name"), { for: "name" }), name);
    row.append(make("button", t("enter"), { type: "submit" }));
    form.onsubmit = async (event) => {
      event.preventDefault();
      const found = await this.send("login", { code: code.value, name: name.value });
      $("dialog").close();
      if (found.ok) this.changed();
      else this.say(t("refused", found.message), true);
    };
  }

  async logout() {
    await this.send("logout", {});
    this.changed();
  }
}
