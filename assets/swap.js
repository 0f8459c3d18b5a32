// Takes over marked forms and links: fetches the page they lead to and swaps its parts in (keep.js carries over what
// the reader had). Without this file the same forms and links work by loading pages.

import { address, place, recall, remember } from './keep.js';
import { send } from './send.js';
import { fill } from './sheet.js';
import { fade, hasUnsaved, hasUnsavedBeside, held, mayLose, toast } from './small.js';

const PARTS = ['#main', 'header.bar', 'aside.panel', '.side-nav', '.side-top'];
const OFFLINE = {
  GET: 'No connection. This page stays as it was.',
  POST: 'Not saved: no connection. Your words are still here.',
};

let latest = 0; // numbers the requests: an answer that something newer overtook is not shown
let inFlight = 0;
let owed = false; // a refresh that had to wait for requests in flight
let getting = null;
let shown = location.pathname + location.search;

/** Fetches the current page again and swaps it in; `when`, if given, is asked just before. False if not swapped. */
export async function refresh(when) {
  if (inFlight > 0) {
    owed ||= !when; // who asks with a condition asks again later
    return false;
  }
  return load({ kind: 'refresh', method: 'GET', url: location.href, when });
}

async function load(ask) {
  const turn = ++latest;
  getting?.abort();
  getting = ask.method === 'GET' ? new AbortController() : null;
  const sent = new Map(ask.form ? [...ask.form.elements].map((field) => [field, held(field)]) : []);
  const focus = address(document.activeElement);
  const { submitter } = ask;
  // A search keeps its button: the next keystroke may submit again.
  if (submitter && ask.method !== 'GET') submitter.disabled = true;
  inFlight += 1;
  try {
    const answer = await send(ask, getting?.signal).catch((error) => ({ error }));
    if (answer.error) {
      if (answer.error.name !== 'AbortError' && ask.kind !== 'refresh') toast(OFFLINE[ask.method], { bad: true });
      return false;
    }
    if (turn !== latest) {
      owed ||= ask.method !== 'GET';
      if (ask.method !== 'GET' && answer.status >= 400) toast('One of your last changes was not saved.', { bad: true });
      return false;
    }
    return show(answer, ask, sent, focus);
  } finally {
    inFlight -= 1;
    if (ask.form) delete ask.form.dataset.busy;
    if (submitter?.disabled) {
      submitter.disabled = false;
      if (submitter.isConnected && document.activeElement === document.body) submitter.focus({ preventScroll: true });
    }
    if (inFlight === 0 && owed) {
      owed = false;
      refresh();
    }
  }
}

function show(answer, ask, sent, focus) {
  const posted = ask.method !== 'GET';
  const quiet = ask.kind === 'refresh';
  const target = new URL(answer.url, location.href);
  if (answer.redirected && target.pathname === '/login') return leave(target);
  if (quiet && (answer.status >= 400 || ask.when?.() === false)) return false;
  if (!answer.type.includes('text/html')) return !quiet && showData(answer, posted, target);

  const page = new DOMParser().parseFromString(answer.text, 'text/html');
  const fits = page.querySelector('#main') && document.querySelector('#main')
    && !page.querySelector('.shell') === !document.querySelector('.shell');
  // A refused form is only swapped when the answer is that form again: an error page would take the words with it.
  if (posted && !answer.redirected && (!fits || (answer.status >= 400 && ![409, 422].includes(answer.status)))) {
    const words = page.querySelector('.notice.bad, #main h1, h1')?.textContent.trim();
    toast(words || `The server could not do that (${answer.status}). Your words are still here.`, { bad: true });
    return false;
  }
  const landed = target.pathname + target.search;
  const stays = posted && !answer.redirected;
  // What a sheet asks again is asked there; the page under it is another one.
  const asks = page.querySelector('#main form');
  if (stays && asks && ask.dialog?.opener && ask.dialog.isConnected) return fill(ask.dialog, page);
  const moved = !stays && landed !== shown;
  if (!fits || (moved && release(page) !== release(document))) return quiet ? false : leave(target);

  const same = stays || target.pathname === shown.split('?')[0];
  // The list beside a conversation stays where it was scrolled to, unless it is another page of it.
  const pageOf = (url) => url.searchParams.get('after');
  const list = pageOf(new URL(shown, location.href)) === pageOf(target) ? document.querySelector('.pane-list')?.scrollTop : 0;
  if (moved) record(target, ask);
  const memory = same ? remember(ask.form, sent, focus) : null;
  swapParts(page, ask);
  document.getElementById('main').toggleAttribute('data-refused', stays && answer.status >= 400);
  if (memory) recall(memory);
  else if (list) document.querySelector('.pane-list')?.scrollTo({ top: list, behavior: 'instant' });
  document.dispatchEvent(new CustomEvent('rapport:swapped', { detail: { refresh: quiet } }));
  place({ kind: ask.kind, memory, moved, refused: [409, 422].includes(answer.status), hash: ask.hash, y: ask.y });
  return true;
}

function showData({ text, status }, posted, target) {
  if (!posted) return leave(target);
  let data = {};
  try { data = JSON.parse(text) ?? {}; } catch { /* not JSON: the refresh shows what came of it */ }
  const refusal = status >= 400 ? `The server could not do that (${status}).` : '';
  const words = data.words ?? data.detail ?? data.title ?? refusal;
  if (words) toast(String(words), { undo: data.undo_url, bad: status >= 400 });
  owed = status < 400 || status === 409;
  return false;
}

function leave(target) {
  location.assign(target.href);
  return false;
}

const release = (page) => page.querySelector('script[type=module][src*="/assets/"]')?.getAttribute('src');

function record(target, { kind, search, hash = '' }) {
  shown = target.pathname + target.search;
  if (kind === 'back' || kind === 'refresh') return history.replaceState(history.state, '', shown + hash);
  // Typing on in a search box stays one step back, not one for every letter.
  if (search && history.state?.search) return history.replaceState({ search }, '', shown);
  history.replaceState({ ...history.state, y: scrollY }, '');
  return history.pushState({ search }, '', shown + hash);
}

function swapParts(page, { kind, dialog }) {
  const quiet = kind === 'refresh';
  for (const part of PARTS) {
    const [before, after] = [document.querySelector(part), page.querySelector(part)];
    if (quiet && part === '.side-top') continue;
    if (before && after) before.replaceWith(after);
    else if (before) before.remove();
    else if (after && part === 'header.bar') document.querySelector('#main').before(after);
    else if (after && part === 'aside.panel') document.querySelector('#main').after(after);
  }
  if (dialog?.isConnected) dialog.close();
  // A field keeps the focus in a dialog that is closed by now, as long as that is in the page.
  if (dialog?.contains(document.activeElement)) document.activeElement.blur();
  const again = dialog?.id ? page.getElementById(dialog.id) ?? document.getElementById(dialog.id) : null;
  if (dialog?.isConnected && again && again !== dialog) dialog.replaceWith(again);
  if (again?.isConnected && again.querySelector('.problem')) {
    again.removeAttribute('open');
    again.showModal();
  }
  const toasts = document.getElementById('toasts');
  if (!quiet) toasts?.replaceChildren();
  for (const one of [...(page.getElementById('toasts')?.children ?? [])]) {
    toasts?.append(one);
    fade(one);
  }
  document.title = page.title;
  if (page.documentElement.dataset.theme) document.documentElement.dataset.theme = page.documentElement.dataset.theme;
}

const mayLeave = (url) => url.pathname === shown.split('?')[0] || mayLose(hasUnsaved());

// The second half of a double click would send what the page shows by then.
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (event.detail > 1 && button?.type === 'submit' && button.form?.method === 'post') event.preventDefault();
}, true);

document.addEventListener('submit', (event) => {
  const [form, submitter] = [event.target, event.submitter];
  const via = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? '';
  const ours = form.matches('[data-enhance], [data-upload]') || form.querySelector('[data-search]');
  const url = new URL(via('action') || location.href, location.href);
  const method = via('method').toUpperCase() === 'POST' ? 'POST' : 'GET';
  const elsewhere = (via('target') || '_self') !== '_self' || url.origin !== location.origin;
  if (event.defaultPrevented || !ours || elsewhere || via('method').toLowerCase() === 'dialog') return;
  event.preventDefault();
  if (form.dataset.busy !== undefined) return;
  const data = new FormData(form, submitter);
  // Browsers that don't know the second argument leave the pressed button out.
  if (submitter?.name && !data.has(submitter.name)) data.append(submitter.name, submitter.value);
  const plain = new URLSearchParams([...data].map(([name, value]) => [name, value.name ?? value]));
  const ask = { kind: 'submit', method, url: url.href, form, submitter, dialog: form.closest('dialog') };
  if (method === 'GET') {
    url.search = plain;
    if (mayLeave(url)) load({ ...ask, url: url.href, search: document.activeElement.matches('[data-search]') });
    return;
  }
  // It leads on to another page.
  if (form.dataset.leaves !== undefined && !mayLose(hasUnsavedBeside(form))) return;
  const multipart = via('enctype') === 'multipart/form-data';
  form.dataset.busy = '';
  const progress = multipart && form.matches('[data-upload]') ? form.querySelector('progress') : null;
  load({ ...ask, body: multipart ? data : plain, progress });
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-enhance][href]') : null;
  const ownTab = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || event.defaultPrevented || ownTab || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  const inPage = url.hash && url.pathname + url.search === shown;
  if (inPage || url.origin !== location.origin || (link.target || '_self') !== '_self') return;
  event.preventDefault();
  if (!mayLeave(url)) return;
  load({ kind: 'visit', method: 'GET', url: url.href, hash: url.hash, dialog: link.closest('dialog') });
});

addEventListener('popstate', () => {
  if (location.pathname + location.search === shown) return;
  if (!mayLeave(location)) history.pushState(history.state, '', shown);
  else load({ kind: 'back', method: 'GET', url: location.href, hash: location.hash, y: history.state?.y });
});
