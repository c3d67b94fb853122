// What the page does after it is shown: names of places, where the sun is now, and what comes.

const SIGNS = {
  "new moon": "●", "first quarter": "◐", "full moon": "○", "last quarter": "◑",
  season: "☀", eclipse: "◉", meteors: "✦",
};
const AT_ONCE = 8;

suggestPlaces();
const sun = document.querySelector(".path");
if (sun) {
  showNow(sun);
  setInterval(showNow, 60_000, sun);
}
const list = document.querySelector("#events");
if (list) {
  const more = document.querySelector("#more");
  more.addEventListener("click", () => follow(list, more));
  follow(list, more);
}

async function suggestPlaces() {
  const answer = await fetch("/api/places");
  const names = (await answer.json()).map((place) => new Option(place.name));
  document.querySelector("#places").append(...names);
}

// Put the sun on its path, if the page is of today.
function showNow(picture) {
  const { start, horizon, degree } = picture.dataset;
  const path = picture.dataset.path.split(" ").map(Number);
  const share = (Date.now() / 1000 - start) / 86_400;
  const dot = picture.querySelector(".now");
  const shown = share >= 0 && share < 1;
  dot.toggleAttribute("hidden", !shown);
  if (!shown) return;
  const quarter = Math.floor(share * 96);
  const height = path[quarter] + (path[quarter + 1] - path[quarter]) * (share * 96 - quarter);
  dot.setAttribute("cx", share * 960);
  dot.setAttribute("cy", horizon - degree * height);
}

// Take the next few of an endless stream. Who closes it ends the transaction that makes it.
function follow(list, more) {
  let left = AT_ONCE;
  more.hidden = true;
  const events = new EventSource(`/api/events?after=${encodeURIComponent(list.dataset.after)}`);
  const stop = () => {
    events.close();
    more.hidden = false;
  };
  events.addEventListener("message", ({ data }) => {
    if (left === 0) return; // they were on their way
    const event = JSON.parse(data);
    if (event.time <= list.dataset.after) return; // told before the connection was lost
    list.dataset.after = event.time;
    list.append(item(event));
    left -= 1;
    if (left === 0) stop();
  });
  events.addEventListener("failure", stop);
  events.addEventListener("end", stop);
}

function item({ time, kind, name }) {
  const row = document.createElement("li");
  const sign = document.createElement("span");
  sign.textContent = SIGNS[name] ?? SIGNS[kind];
  sign.setAttribute("aria-hidden", "true");
  const when = document.createElement("time");
  when.dateTime = time;
  const day = new Date(time);
  const year = day.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  when.textContent = day.toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
  when.title = day.toLocaleString("en-GB");
  row.append(sign, name[0].toUpperCase() + name.slice(1), when);
  return row;
}
