// The tables: values, outputs, loops, interlocks, events. Text is set as text, never as markup.
import { locale, number, resolved, seconds, spoken, t } from "./strings.js";

export const $ = (id) => document.getElementById(id);

export function make(tag, text = "", attributes = {}) {
  const found = document.createElement(tag);
  if (text !== "") found.textContent = text;
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  return found;
}

function head(...words) {
  const found = make("thead"), row = found.appendChild(make("tr"));
  for (const word of words) row.append(make("th", word, { scope: "col" }));
  return found;
}

function row(title, name, state, ...cells) {
  const found = make("tr"), first = found.appendChild(make("th", title, { scope: "row" })), under = first.appendChild(make("span", "", { class: "under" }));
  if (name && name !== title) under.append(make("span", name, { class: "name" }), " ");
  if (state) under.append(state);
  found.append(...cells);
  return found;
}

const words = (text, kind = "words") => make("td", text, { class: kind });
const under = (text, kind = "words") => make("span", text, { class: kind });

function arrow(trend) {
  const sign = trend > 0 ? "↗" : trend < 0 ? "↘" : "→";
  const said = t(trend > 0 ? "rising" : trend < 0 ? "falling" : "steady");
  return make("span", sign, { class: "arrow", role: "img", "aria-label": said, title: said });
}

function valueCell(channel, units, resolution, lost) {
  const cell = make("td", "", { class: "number" });
  cell.append(lost || channel.value === null ? number(null) : resolved(channel.value, resolution));
  if (units) cell.append(" ", make("span", units, { class: "unit" }));
  if (!lost && channel.value !== null && channel.trend !== undefined) cell.append(arrow(channel.trend));
  return cell;
}

const WELL = new Set(["running"]);

function sensorState(sensor, channel, since) {
  if (!WELL.has(sensor.state)) return under(`${spoken(sensor.state)}${sensor.error ? `: ${sensor.error}` : ""}`, "bad");
  if (channel.value === null && channel.fault) return under(channel.fault, "bad");
  if (sensor.age === null) return under(t("never"), "warn");
  const age = sensor.age + since;
  return under(t("age", seconds(age)), age > Math.max(3, 3 * sensor.period) ? "warn" : "age");
}

export function showValues(bench, last, since) {
  const rows = [];
  for (const each of bench.sensors) {
    const sensor = last.sensors?.[each.name];
    if (!sensor) continue;
    sensor.period = each.period_s;
    for (const one of each.channels) {
      const name = one.default ? each.name : `${each.name}.${one.name}`, channel = sensor.channels[name];
      const lost = !WELL.has(sensor.state);
      if (channel) rows.push(row(one.default ? each.title : `${each.title}, ${one.name}`, name, sensorState(sensor, channel, since), valueCell(channel, one.units, one.resolution, lost)));
    }
  }
  $("values").replaceChildren(head(t("channel"), t("value")), ...rows);
}

export function showOutputs(bench, last, setButton) {
  const rows = [];
  for (const each of bench.outputs) {
    const output = last.outputs?.[each.name];
    if (!output) continue;
    const does = make("td", spoken(output.value_words), { class: output.value ? "number warn" : "number" });
    const well = WELL.has(output.state), held = holding(last, each.name);
    const why = well ? held || spoken(output.safe || (output.lease === "expired" ? output.lease : "")) : `${spoken(output.state)}${output.error ? `: ${output.error}` : ""}`;
    const state = under(why || spoken(output.state), well ? (held ? "bad" : "words") : "bad");
    const button = setButton(each, output, held);
    const cells = [words(spoken(output.asked_words)), does];
    if (button) cells.push(make("td", "", { class: "number" }));
    if (button) cells[2].append(button);
    rows.push(row(each.title, each.name, state, ...cells));
  }
  $("outputs").replaceChildren(head(t("channel"), t("asked"), t("does")), ...rows);
}

export function holding(last, name) {
  for (const [lock, state] of Object.entries(last.interlocks ?? {})) {
    if (state.holding && (state.outputs ?? []).includes(name)) return `${lock}: ${state.why ?? spoken(state.state)}`;
  }
  return "";
}

export function showLoops(last) {
  const loops = Array.isArray(last.loops) ? last.loops : Object.entries(last.loops ?? {}).map(([name, loop]) => ({ name, ...loop }));
  $("loops-part").hidden = loops.length === 0;
  const rows = loops.map((loop) => {
    const settled = loop.settled ? t("settled") : t("not_settled");
    const state = under(`${spoken(loop.state)}, ${settled}${loop.why ? `: ${loop.why}` : ""}`, loop.settled ? "good" : "words");
    return row(loop.name, "", state, words(["off", "tune"].includes(loop.state) ? "–" : number(loop.set_point ?? null)), valueCell({ value: loop.value ?? null }, loop.units, null, false));
  });
  $("loops").replaceChildren(head(t("channel"), t("target"), t("value")), ...rows);
}

export function showInterlocks(last) {
  const rows = [], tripped = [];
  for (const [name, lock] of Object.entries(last.interlocks ?? {})) {
    const bad = lock.tripped || lock.holding, why = lock.why ?? lock.cause ?? "";
    rows.push(row(name, lock.kind, why ? under(why, bad ? "bad" : "words") : null, words(spoken(lock.state), bad ? "bad" : "good")));
    if (lock.tripped) tripped.push(make("li", `${name}: ${why}`, { class: "bad" }));
  }
  $("interlocks").replaceChildren(head(t("channel"), t("state")), ...rows);
  return tripped;
}

const SHOWN = 200;
let listed = [];

export function showEvents(events, { whole = false } = {}) {
  listed = (whole ? events : [...listed, ...events]).slice(-SHOWN);
  $("events").replaceChildren(
    ...[...listed].reverse().map((event) => {
      const line = make("li"), when = new Date(event.time * 1000);
      const today = when.toDateString() === new Date().toDateString();
      line.append(make("time", when.toLocaleString(locale(), today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "medium" }), { datetime: when.toISOString() }));
      const grade = { warning: "warn", error: "bad", critical: "bad" }[event.level];
      line.append(make("span", `${grade ? (grade === "bad" ? "✖ " : "▲ ") : ""}${event.actor ? `${event.actor}: ` : ""}${event.message}`, grade ? { class: grade } : {}));
      return line;
    }),
  );
}
