// The page: asks once what the bench is, then shows what comes. Nothing here asks for anything outside this server.
import { $, make, showEvents, showInterlocks, showLoops, showOutputs, showValues } from "./board.js";
import { Curve } from "./curve.js";
import { Driver } from "./drive.js";
import { chooseLanguage, otherLanguage, seconds, t } from "./strings.js";

const SILENT = 4500; // ms without a word from the server, which speaks every 2 s, until it counts as lost
const AGAIN = 10000; // ms of silence after which it is asked anew: a connection may have died while this computer slept
const AFRESH = 60000; // ms after which a live curve is asked for anew: the server's means instead of single readings
let bench = null, last = {}, source = null, reached = true, notKept = null;
let looking = -Infinity, opened = performance.now(), heard = opened, heardState = opened;
chooseLanguage(false);
const curve = new Curve(), driver = new Driver(() => last);

function words() {
  for (const part of ["values", "outputs", "loops", "interlocks", "curve", "events", "table"]) $(`${part}-title`).textContent = t(part);
  const [short, other] = otherLanguage();
  $("language").textContent = short;
  $("language").title = other;
  $("language").setAttribute("aria-label", other);
  $("off").textContent = t("off");
  $("off").title = t("off_long");
  curve.buttons();
  show();
}

function show() {
  const now = performance.now(), silent = now - Math.max(heard, looking) > SILENT, old = silent || !reached;
  document.body.classList.toggle("old", old || heardState < looking);
  $("old").hidden = !old;
  if (old) {
    const text = silent ? t("server_lost", Math.round((now - heard) / 1000)) : t("daemon_lost");
    if ($("old").textContent !== text) $("old").textContent = text;
  }
  $("state").textContent = old ? "" : [t("live"), last.simulated ? t("simulated") : ""].filter(Boolean).join(", ");
  if (!bench || !last.sensors) return;
  const since = (performance.now() - heardState) / 1000;
  showValues(bench, last, since);
  showOutputs(bench, last, (each, output, held) => driver.button(each, output, held));
  showLoops(last);
  const notices = showInterlocks(last);
  if (notKept) notices.push(make("li", t("not_kept", notKept), { class: "warn" }));
  if (last.clock === false) notices.push(make("li", t("clock"), { class: "warn" }));
  if ($("notices").textContent !== notices.map((line) => line.textContent).join("")) $("notices").replaceChildren(...notices);
}

async function ask() {
  try {
    const reply = await fetch("bench");
    if (!reply.ok) return;
    const found = await reply.json();
    driver.me(found.me);
    $("about").textContent = `pilotage ${found.version}`;
    if (found.bench === null) return;
    const changed = JSON.stringify(found.bench) !== JSON.stringify(bench);
    bench = found.bench;
    $("title").textContent = document.title = location.hostname;
    if (changed) curve.setBench(bench, found.limits);
    if (found.last.sensors && !last.sensors) {
      last = found.last;
      heardState = performance.now() - Math.max(0, Date.now() - found.last.time * 1000);
    }
    show();
  } catch {
    return; // the stream notices that the server is lost
  }
}

async function askEvents() {
  try {
    const reply = await fetch(`events?from=${Date.now() / 1000 - 30 * 86400}&to=${Date.now() / 1000 + 60}`);
    if (reply.ok) showEvents((await reply.json()).events, { whole: true });
  } catch {
    return;
  }
}

function take(message) {
  heard = performance.now();
  const told = JSON.parse(message.data);
  reached = told.reached;
  notKept = told.kept;
  driver.me(told.me);
  if (told.events?.length) {
    showEvents(told.events);
    if (told.events.some((event) => event.event === "config_reloaded" || event.event === "daemon_started")) setTimeout(ask, 1500);
  }
  if (told.sensors) {
    if (!bench) ask();
    curve.ahead = told.time - Date.now() / 1000;
    last = told;
    heardState = heard;
    curve.append(told);
  }
  show();
}

function listen() {
  source?.close();
  opened = performance.now();
  source = new EventSource("stream");
  source.onmessage = take;
  source.onopen = () => {
    if (performance.now() - heard > SILENT) askAll(); // what was said meanwhile was said to nobody
  };
}

function askAll() {
  curve.load();
  ask();
  askEvents();
}

function open() {
  listen();
  askAll();
}

// A browser keeps six connections to a server for all tabs: one that nobody looks at gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    source = null;
    return;
  }
  looking = performance.now();
  show();
  open();
});
$("language").onclick = () => {
  chooseLanguage(true);
  words();
  driver.words();
};
$("table-part").ontoggle = () => curve.draw();
setInterval(() => {
  if (document.hidden) return;
  if (performance.now() - Math.max(heard, opened) > AGAIN) listen();
  show();
}, 1000);
setInterval(() => {
  if (!document.hidden && !curve.zoom) curve.load();
}, AFRESH);
driver.changed = open;
words();
open();
