// Every word of the page, in English and French; what the bench says itself (events, reasons) comes as the journal has it.
const TEXTS = {
  values: ["Values", "Mesures"],
  outputs: ["Outputs", "Sorties"],
  loops: ["Loops", "Boucles"],
  interlocks: ["Interlocks", "Sécurités"],
  curve: ["Curve", "Courbe"],
  events: ["Events", "Événements"],
  channel: ["name", "nom"],
  value: ["value", "valeur"],
  asked: ["asked", "consigne"],
  does: ["does", "relecture"],
  state: ["state", "état"],
  age: ["{0} ago", "il y a {0}"],
  never: ["nothing measured yet", "aucune mesure"],
  rising: ["rising", "en hausse"],
  falling: ["falling", "en baisse"],
  steady: ["steady", "stable"],
  target: ["target", "cible"],
  settled: ["settled", "stabilisé"],
  not_settled: ["not settled", "non stabilisé"],
  off: ["Off", "Arrêt"],
  off_long: ["every output to its safe value, at once", "toutes les sorties à leur valeur sûre, immédiatement"],
  off_done: ["every output is off", "toutes les sorties sont à l'arrêt"],
  min10: ["10 min", "10 min"],
  hour: ["1 h", "1 h"],
  day: ["1 d", "1 j"],
  month: ["30 d", "30 j"],
  back: ["whole stretch", "vue entière"],
  csv: ["CSV", "CSV"],
  csv_long: ["the numbers of this stretch as a table", "les valeurs de cette période, en tableau"],
  table: ["The curve as a table", "La courbe en tableau"],
  least: ["least", "minimum"],
  most: ["most", "maximum"],
  last: ["last", "dernière"],
  gaps: ["without a reading", "sans mesure"],
  curve_label: ["{0} channels over {1}; the table below says the same in numbers", "{0} voies sur {1} ; le tableau ci-dessous donne les valeurs"],
  loading: ["loading…", "chargement…"],
  server_lost: ["No answer from the server for {0} s: what you see is old", "Pas de réponse du serveur depuis {0} s : l'affichage est périmé"],
  daemon_lost: ["The daemon does not answer: what you see is old", "Le démon ne répond pas : l'affichage est périmé"],
  live: ["live", "en direct"],
  simulated: ["simulated", "simulé"],
  not_kept: ["The history is not being kept: {0}", "L'historique n'est pas enregistré : {0}"],
  clock: ["The bench's clock is not set: times may be wrong", "L'horloge du banc n'est pas à l'heure"],
  nothing: ["none", "aucun"],
  set: ["Set", "Régler"],
  set_title: ["Set {0}", "Régler {0}"],
  limits: ["from {0} to {1} {2}", "de {0} à {1} {2}"],
  now: ["now", "actuellement"],
  confirm: ["Confirm {0} ({1} s)", "Confirmer {0} ({1} s)"],
  cancel: ["Cancel", "Annuler"],
  was_set: ["{0}: reads back {1}", "{0} : relecture {1}"],
  refused: ["Refused: {0}", "Refusé : {0}"],
  no_answer: ["No answer: it is not known whether it was done; look at the read-back", "Pas de réponse : regardez la relecture"],
  stale_reading: ["{0} is older than 3 s: a heater cannot be set", "{0} date de plus de 3 s : chauffage verrouillé"],
  held: ["an interlock holds it", "verrouillée par une sécurité"],
  login: ["Log in to drive", "Se connecter pour piloter"],
  logout: ["Log out {0}", "Déconnecter {0}"],
  code: ["Code, from `pilotage web-login` on the bench", "Code, donné par `pilotage web-login` sur le banc"],
  your_name: ["Your name, for the journal", "Votre nom, pour le journal"],
  enter: ["Log in", "Se connecter"],
  read_only: ["read only", "lecture seule"],
};
// The states and the few words of the wire that stand beside a number.
const SPOKEN = {
  running: "en marche",
  starting: "démarrage",
  degraded: "dégradé",
  absent: "absent",
  backoff: "nouvel essai",
  failed: "en panne",
  stopped: "arrêté",
  armed: "armée",
  "not armed": "non armée",
  "not looked at": "non surveillée",
  tripped: "déclenchée",
  holding: "bloque",
  off: "arrêt",
  on: "marche",
  manual: "manuel",
  tune: "identification",
  approach: "approche",
  settled: "stabilisé",
  saturated: "saturé",
  lost: "perdu",
};
let language = 0;
const KEPT = "pilotage-language";

export function chooseLanguage(other) {
  try {
    if (other) localStorage.setItem(KEPT, language ? "en" : "fr");
    const kept = localStorage.getItem(KEPT);
    language = (kept ?? navigator.language).startsWith("fr") ? 1 : 0;
  } catch {
    language = other ? 1 - language : navigator.language.startsWith("fr") ? 1 : 0;
  }
  document.documentElement.lang = language ? "fr" : "en";
  return language;
}

export const otherLanguage = () => (language ? ["EN", "English"] : ["FR", "Français"]);
export const locale = () => (language ? "fr" : "en-GB");
export const french = () => language === 1;

export function t(key, ...parts) {
  return (TEXTS[key]?.[language] ?? key).replace(/\{(\d)\}/g, (_, place) => parts[place]);
}

// What the wire says, in the language of the page where that is known; a share never ends up apart from its per cent.
export function spoken(text) {
  const own = language ? (SPOKEN[text] ?? text.replace(/\bof (?=\d)/, "sur ")) : text;
  return own.replace(/ %/g, "\u00a0%");
}

export function number(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  return Number(value.toPrecision(digits)).toLocaleString(locale(), { maximumFractionDigits: 3, useGrouping: false });
}

export function seconds(value) {
  if (value < 90) return `${Math.round(value)} s`;
  if (value < 5400) return `${Math.round(value / 60)} min`;
  return value < 172800 ? `${Math.round(value / 3600)} h` : `${Math.round(value / 86400)} ${french() ? "j" : "d"}`;
}

// As many decimals as the chip can tell apart.
export function resolved(value, resolution) {
  if (!resolution) return number(value);
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(resolution)), 0), 4);
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}
