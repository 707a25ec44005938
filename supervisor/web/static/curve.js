// The one curve: means with their extremes, set-points, limits as lines, events as marks. A lost sensor is a gap.
/* global uPlot */
import { $, make } from "./board.js";
import { french, locale, number, seconds, spoken, t } from "./strings.js";

export const SPANS = { min10: 600, hour: 3600, day: 86400, month: 30 * 86400 };
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
const COLOURS = 8;
const KEPT = "pilotage-hidden";
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Curve {
  constructor() {
    this.span = "min10";
    this.zoom = null;
    this.found = null;
    this.info = { sensors: [], outputs: [], limits: [] };
    this.hidden = kept();
    this.number = 0;
    this.resized = new ResizeObserver(() => this.plot?.setSize(this.size()));
    this.resized.observe($("curve"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.buttons();
  }

  setBench(bench, limits) {
    this.info = { ...bench, limits };
    this.draw();
  }

  buttons() {
    const found = Object.keys(SPANS).map((span) => {
      const button = make("button", t(span), { type: "button", "aria-pressed": String(!this.zoom && span === this.span) });
      button.onclick = () => this.show(span);
      return button;
    });
    if (this.zoom) {
      const back = make("button", t("back"), { type: "button" });
      back.onclick = () => this.show(this.span);
      found.push(back);
    }
    const csv = make("button", t("csv"), { type: "button", id: "csv", title: t("csv_long") });
    csv.onclick = () => this.csv();
    $("spans").replaceChildren(...found, csv);
  }

  show(span, zoom = null) {
    this.span = span;
    this.zoom = zoom;
    this.buttons();
    return this.load();
  }

  stretch() {
    const now = Date.now() / 1000 + (this.ahead ?? 0);
    return this.zoom ?? [now - SPANS[this.span], now];
  }

  async load() {
    const mine = ++this.number, live = this.zoom === null;
    // The latest stretch is the server's to tell: this computer's clock may be wrong. The first one is asked for by the document already.
    const question = live ? (this.span === "min10" ? "curve" : `curve?last=${SPANS[this.span]}`) : `curve?from=${this.zoom[0]}&to=${this.zoom[1]}`;
    try {
      const reply = await fetch(question);
      if (!reply.ok) return;
      const found = await reply.json();
      if (mine !== this.number) return;
      this.found = found;
      this.draw();
    } catch {
      return; // the stream says that the server is lost
    }
  }

  csv() {
    const [from, to] = this.stretch(), names = this.names().join(",");
    const every = Math.max(1, Math.round((to - from) / 86400)) * (to - from > 7200 ? 10 : 1);
    const link = make("a", "", { href: `csv?names=${encodeURIComponent(names)}&from=${from}&to=${to}&every=${every}${french() ? "&decimal=comma" : ""}`, download: "" });
    link.click();
  }

  names() {
    const known = this.info.sensors.flatMap((each) => each.channels.map((one) => (one.default ? each.name : `${each.name}.${one.name}`)));
    const outputs = this.info.outputs.flatMap((each) => [each.name, `${each.name}.asked`]);
    const loops = (this.info.loops ?? []).flatMap((each) => [each.child, `${each.child}.working`]);
    return [...known, ...outputs, ...loops].filter((name) => this.found?.series[name]);
  }

  // What the second brings goes to the right end, at the time when it was measured, until the server is asked again.
  append(last) {
    if (this.zoom || !this.found || SPANS[this.span] > 3600) return;
    const { time, every, series } = this.found, row = Math.floor(last.time / every) * every;
    if (!time.length) return;
    while (time[time.length - 1] < row) {
      time.push(time[time.length - 1] + every);
      time.shift();
      for (const one of Object.values(series)) {
        for (const column of [one.value, one.low, one.high]) {
          if (column) {
            column.push(null);
            column.shift();
          }
        }
        one.faults = one.faults.map(([first, count, code]) => [first - 1, count, code]).filter(([first, count]) => first + count > 0);
      }
    }
    const end = time.length - 1;
    const put = (name, value, age, fault) => {
      const one = series[name];
      if (!one) return;
      const place = Math.max(end - Math.ceil(Math.max(age, 0) / every), 0);
      if (fault) one.faults.push([end, 1, fault]);
      else if (value !== null && age < 3 * every + 3) {
        one.value[age < every ? end : place] = value;
        if (one.low) one.low[end] = Math.min(one.low[end] ?? value, value);
        if (one.high) one.high[end] = Math.max(one.high[end] ?? value, value);
      }
    };
    for (const sensor of Object.values(last.sensors ?? {})) {
      const lost = sensor.state !== "running";
      for (const [name, channel] of Object.entries(sensor.channels)) put(name, lost ? null : channel.value, sensor.age ?? 0, lost ? sensor.state : channel.fault);
    }
    for (const [name, output] of Object.entries(last.outputs ?? {})) {
      put(name, output.value, 0, null);
      put(`${name}.asked`, output.asked, 0, null);
    }
    this.found.events.push(...(last.events ?? []));
    this.draw();
  }

  periods() {
    const found = {};
    for (const each of this.info.sensors) for (const one of each.channels) found[one.default ? each.name : `${each.name}.${one.name}`] = each.period_s;
    return found;
  }

  // A step without a reading is a gap only where it is longer than the sensor's own pace, or where there was a fault.
  column(name, values) {
    const loop = (this.info.loops ?? []).find((each) => name === each.child || name === `${each.child}.working`);
    if (loop && loop.min > 0) values = values.map((value) => value || null); // 0 is off, and no temperature
    const one = this.found.series[name], every = this.found.every, reach = Math.ceil((3 * (this.periods()[name] ?? 1)) / every) + 1;
    const found = [...values];
    let before = -Infinity;
    const faulty = new Set();
    for (const [first, count] of one.faults) for (let place = Math.max(first, 0); place < first + count; place++) faulty.add(place);
    for (let place = 0; place < found.length; place++) {
      if (found[place] === null) continue;
      if (place - before > 1 && place - before <= reach) {
        let clean = true;
        for (let between = before + 1; between < place; between++) clean &&= !faulty.has(between);
        if (clean) for (let between = before + 1; between < place; between++) found[between] = undefined;
      }
      before = place;
    }
    return found;
  }

  units(name) {
    const output = this.info.outputs.find((each) => each.name === name.replace(/\.asked$/, ""));
    return output ? `${output.name} ${spoken(output.scale)}`.trim() : this.found.series[name].units || "";
  }

  draw() {
    this.legend();
    if (!this.found || !this.info.sensors.length) return;
    const names = this.names().filter((name) => !this.isHidden(name)), data = [this.found.time], series = [{}], bands = [], scales = {};
    const all = this.names();
    for (const name of names) {
      const one = this.found.series[name], scale = this.units(name), place = all.indexOf(name), colour = css(`--c${place % COLOURS}`);
      scales[scale] ??= this.scale(name);
      const step = this.info.outputs.some((each) => name.startsWith(each.name)) ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
      data.push(this.column(name, one.value));
      series.push({ label: name, scale, stroke: colour, width: 1.6, dash: name.endsWith(".asked") ? [3, 4] : DASHES[Math.floor(place / COLOURS) % 4], points: { show: false }, ...step });
      if (one.low && one.high) {
        const top = series.length;
        data.push(this.column(name, one.high), this.column(name, one.low));
        const edge = { scale, stroke: "transparent", width: 0, points: { show: false }, band: true };
        series.push({ ...edge, label: name }, { ...edge, label: name });
        bands.push({ series: [top, top + 1], fill: `${colour}33` });
      }
    }
    const axis = { stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") }, font: "12px system-ui, sans-serif" };
    const shown = Object.keys(scales).slice(0, 2);
    const axes = [{ ...axis, values: (_, splits) => splits.map((at) => this.clock(at)), space: 70 }];
    shown.forEach((scale, place) => axes.push({ ...axis, scale, side: place ? 1 : 3, size: 46, grid: place ? { show: false } : axis.grid, label: scale, labelSize: 16, labelFont: "12px system-ui, sans-serif", labelGap: 0 }));
    const [from, to] = this.zoom ?? [this.found.time[0] ?? 0, this.found.time[this.found.time.length - 1] ?? 1];
    const options = {
      ...this.size(), series, bands, axes, legend: { show: false }, padding: [14, shown.length > 1 ? 0 : 8, 0, 0],
      scales: { x: { time: true, range: () => [from, to] }, ...scales },
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: { draw: [(plot) => this.marks(plot)], setCursor: [(plot) => this.readout(plot, names)], setSelect: [(plot) => this.selected(plot)] },
    };
    this.plot?.destroy();
    this.plot = new uPlot(options, data, $("curve"));
    this.say(names);
  }

  scale(name) {
    const output = this.info.outputs.find((each) => each.name === name.replace(/\.asked$/, ""));
    return output ? { range: [Math.min(output.min, 0), output.max] } : { range: (_, low, high) => (low === null ? [0, 1] : [low - Math.max((high - low) * 0.1, 0.5), high + Math.max((high - low) * 0.1, 0.5)]) };
  }

  size() {
    const width = Math.max($("curve").clientWidth, 120);
    return { width, height: Math.round(Math.min(Math.max(width * 0.6, 240), 420)) };
  }

  clock(at) {
    const style = SPANS[this.span] > 90000 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", ...(SPANS[this.span] < 3600 ? { second: "2-digit" } : {}) };
    return new Date(at * 1000).toLocaleString(locale(), style);
  }

  marks(plot) {
    const { ctx, bbox } = plot, pixels = devicePixelRatio || 1;
    ctx.save();
    ctx.font = `${11 * pixels}px system-ui, sans-serif`;
    for (const limit of this.info.limits) {
      const scale = this.found.series[limit.name] ? this.units(limit.name) : null;
      if (!scale || !plot.scales[scale] || this.isHidden(limit.name) || plot.scales[scale].min == null) continue;
      const at = Math.round(plot.valToPos(limit.value, scale, true)), label = `${limit.interlock} ${number(limit.value)}`;
      ctx.strokeStyle = ctx.fillStyle = css("--limit");
      if (at >= bbox.top && at <= bbox.top + bbox.height) {
        ctx.setLineDash([4 * pixels, 4 * pixels]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, at);
        ctx.lineTo(bbox.left + bbox.width, at);
        ctx.stroke();
        ctx.fillText(label, bbox.left + 4 * pixels, at - 4 * pixels);
      } else ctx.fillText(`${at < bbox.top ? "↑" : "↓"} ${label}`, bbox.left + 4 * pixels, at < bbox.top ? bbox.top + 12 * pixels : bbox.top + bbox.height - 4 * pixels);
    }
    ctx.setLineDash([]);
    for (const event of this.found.events) {
      const bad = event.level !== "info" && event.level !== "debug";
      if (!bad && event.event !== "set_point") continue;
      const at = Math.round(plot.valToPos(event.time, "x", true));
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.fillStyle = bad ? css("--limit") : css("--soft");
      const foot = bbox.top + bbox.height, half = (bad ? 6 : 4) * pixels;
      ctx.beginPath();
      ctx.moveTo(at - half, foot);
      ctx.lineTo(at + half, foot);
      ctx.lineTo(at, foot - 2 * half);
      ctx.fill();
      if (bad) ctx.fillRect(at, bbox.top, pixels, bbox.height);
    }
    ctx.restore();
  }

  readout(plot, names) {
    const place = plot.cursor.idx;
    if (place === null || place === undefined) return $("readout").replaceChildren();
    const at = this.found.time[place], when = new Date(at * 1000).toLocaleString(locale());
    const values = names.map((name) => {
      const one = this.found.series[name], value = one.value[place], fault = one.faults.find(([first, count]) => place >= first && place < first + count);
      return value === null ? (fault ? `${name}: ${fault[2]}` : null) : `${name} ${number(value)}`;
    });
    const near = this.found.events.filter((event) => event.level !== "info" && Math.abs(event.time - at) <= 2 * this.found.every).map((event) => event.message);
    $("readout").textContent = [when, ...values.filter(Boolean), ...near].join(" · ");
  }

  selected(plot) {
    if (plot.select.width < 8) return;
    const from = plot.posToVal(plot.select.left, "x"), to = plot.posToVal(plot.select.left + plot.select.width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (to - from >= 2) this.show(this.span, [from, to]);
  }

  isHidden(name) {
    if (name in this.hidden) return this.hidden[name];
    const first = this.info.sensors[0] && this.firstUnits(), output = this.info.outputs.find((each) => each.name === name.replace(/\.asked$/, ""));
    return output ? output.kind !== "heater" : this.found.series[name].units !== first;
  }

  firstUnits() {
    const counts = {};
    for (const each of this.info.sensors) for (const one of each.channels) counts[one.units] = (counts[one.units] ?? 0) + 1;
    return Object.keys(counts).sort((one, other) => counts[other] - counts[one])[0];
  }

  legend() {
    if (!this.found) return;
    const wanted = this.names().map((name) => `${name}${this.isHidden(name)}`).join() + t("curve") + matchMedia("(prefers-color-scheme: dark)").matches;
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    $("legend").replaceChildren(
      ...this.names().map((name, place) => {
        const button = make("button", "", { type: "button", "aria-pressed": String(!this.isHidden(name)), "data-name": name });
        const dash = name.endsWith(".asked") ? [3, 4] : DASHES[Math.floor(place / COLOURS) % 4];
        button.innerHTML = `<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke="var(--c${place % COLOURS})" stroke-width="3" stroke-dasharray="${dash.join(" ")}"/></svg>`;
        button.append(name);
        button.onclick = () => {
          this.hidden[name] = !this.isHidden(name);
          keep(this.hidden);
          this.draw();
          document.querySelector(`[data-name="${CSS.escape(name)}"]`)?.focus();
        };
        return button;
      }),
    );
  }

  // The same for who cannot see it: a sentence, and a table.
  say(names) {
    const [from, to] = [this.found.time[0], this.found.time[this.found.time.length - 1]];
    $("curve").setAttribute("aria-label", t("curve_label", names.length, seconds(to - from)));
    if (!$("table-part").open) return;
    const rows = names.map((name) => {
      const one = this.found.series[name], there = one.value.filter((value) => value !== null), cells = make("tr");
      const least = (one.low ?? one.value).filter((value) => value !== null), most = (one.high ?? one.value).filter((value) => value !== null);
      cells.append(make("th", name, { scope: "row" }));
      const faults = [...new Set(one.faults.map((fault) => fault[2]))].join(", ");
      for (const text of [number(Math.min(...least)), number(Math.max(...most)), number(there.at(-1)), one.units, faults]) cells.append(make("td", there.length || text === faults ? text : "–"));
      return cells;
    });
    const head = make("tr");
    for (const word of [t("channel"), t("least"), t("most"), t("last"), "", t("gaps")]) head.append(make("th", word, { scope: "col" }));
    $("table").replaceChildren(head, ...rows);
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep(hidden) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(hidden));
  } catch {
    return;
  }
}
