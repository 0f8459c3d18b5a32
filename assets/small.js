// The small habits every page shares: toasts and spoken words, menus, dialogs, growing text, filters that
// submit themselves, and the warning before unsaved words are lost. Nothing here fetches.

/** Runs `apply` now and again after every swap; it gets `{ refresh }`, true when nobody asked for the swap. */
export function onSwap(apply) {
  document.addEventListener('rapport:swapped', (event) => apply(event.detail));
  apply({ refresh: false });
}

/** Says `words` to screen readers without showing them. */
export function announce(words) {
  let region = document.getElementById('announce');
  if (!region) {
    region = Object.assign(document.createElement('div'), { id: 'announce', className: 'sr' });
    region.setAttribute('aria-live', 'assertive');
    document.body.append(region);
  }
  // Emptied first, so that the same words twice are spoken twice.
  region.textContent = '';
  setTimeout(() => { region.textContent = words; }, 50);
}

/** Shows `words`, with an Undo button when the server gave an address for it. */
export function toast(words, { undo, bad = false } = {}) {
  const box = document.createElement('div');
  box.className = bad ? 'toast bad' : 'toast';
  box.append(Object.assign(document.createElement('span'), { textContent: words }));
  if (undo && new URL(undo, location.href).origin === location.origin) {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: undo });
    form.dataset.enhance = '';
    form.append(Object.assign(document.createElement('button'), { className: 'btn small', textContent: 'Undo' }));
    box.append(form);
  }
  // Everything outside a modal dialog is inert, so words that concern it are shown inside.
  const modal = [...document.querySelectorAll('dialog[open]')].pop();
  if (modal) box.setAttribute('role', 'alert');
  (modal ?? document.getElementById('toasts') ?? document.body).append(box);
  fade(box);
}

/** Removes a toast after a while, but not while someone points at it or has the keyboard in it. */
export function fade(box) {
  const wait = box.querySelector('a, button') ? 30_000 : 10_000;
  setTimeout(() => (box.matches(':hover, :focus-within') ? fade(box) : box.remove()), wait);
}

/** What a field holds now, as one comparable value. */
export function held(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked;
  return field.multiple && field.options ? [...field.selectedOptions].map((one) => one.value).join('\n') : field.value;
}

/** Whether someone changed this field since the server rendered it. */
export function isChanged(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  if (!field.options) return 'defaultValue' in field && field.value !== field.defaultValue;
  const options = [...field.options];
  const untouched = options.some((one) => one.defaultSelected) || field.multiple
    ? options.every((one) => one.selected === one.defaultSelected)
    : field.selectedIndex <= options.findIndex((one) => !one.disabled);
  return !untouched;
}

/** Every field of a page or form that holds words nobody saved yet. */
export const changedFields = (root) => [...root.querySelectorAll('input, select, textarea')].filter(isChanged);

/** Whether leaving now would lose words that a form asked to guard. */
export const hasUnsaved = () =>
  [...document.querySelectorAll('form[data-dirty-guard]')].some((form) => [...form.elements].some(isChanged));

/** Whether words nobody saved stand beside this form. */
export const hasUnsavedBeside = (form) => [...document.querySelectorAll('form[data-dirty-guard]')]
  .some((other) => other !== form && [...other.elements].some(isChanged));

/** Whether a form is sent only to close the dialog around it. */
export const closes = ({ target, submitter }) => (submitter?.getAttribute('formmethod') ?? target.getAttribute('method')) === 'dialog';

/** Asks before words are lost that nobody saved. */
export const mayLose = (unsaved) => !unsaved || confirm('You have changes that are not saved. Leave this page anyway?');

const target = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}

// Opens upwards what would end below the window, or below the column that it scrolls in.
document.addEventListener('toggle', ({ target }) => {
  // What unfolds within a menu makes it longer.
  const menu = target instanceof HTMLElement ? target.closest('details.menu') : null;
  if (!menu?.open) return;
  menu.classList.remove('up');
  const list = menu.querySelector('.menu-list');
  list.style.maxHeight = '';
  const column = menu.closest('.col-list');
  const scroller = column && getComputedStyle(column).overflowY !== 'visible' ? column.getBoundingClientRect() : null;
  // On a phone the navigation lies along the lower edge.
  const nav = document.querySelector('.side-nav')?.getBoundingClientRect();
  const bar = document.querySelector('header.bar')?.getBoundingClientRect();
  const floor = nav && nav.top > innerHeight / 2 ? nav.top : innerHeight;
  const top = Math.max(scroller?.top ?? 0, bar?.bottom ?? 0, 0);
  const bottom = Math.min(scroller?.bottom ?? floor, floor);
  const { height } = list.getBoundingClientRect();
  const [above, below] = [menu.getBoundingClientRect().top - top, bottom - list.getBoundingClientRect().top];
  const up = height > below && above > below;
  menu.classList.toggle('up', up);
  list.style.maxHeight = `${Math.max((up ? above : below) - 8, 120)}px`;
}, true);

function openDialog(event, opener) {
  const dialog = document.querySelector(opener.dataset.dialog);
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  // A dialog inside a closed menu would be modal and invisible at once.
  if (dialog.closest('details[data-menu]')) dialog.closest('details[data-menu]').after(dialog);
  if (dialog.open) return;
  const back = opener.closest('details[data-menu]')?.querySelector('summary') ?? opener;
  dialog.addEventListener('close', () => { if (back.isConnected) back.focus(); }, { once: true });
  dialog.showModal();
}

function isOnBackdrop(event, dialog) {
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right
    && event.clientY >= box.top && event.clientY <= box.bottom;
  return event.detail > 0 && !inside && changedFields(dialog).length === 0;
}

document.addEventListener('click', (event) => {
  closeMenus(event.target);
  const chosen = target(event, '.menu-list a, .menu-list button');
  // Closed a moment later: the click still has to reach its form or link.
  if (chosen) setTimeout(() => chosen.closest('details[data-menu]')?.removeAttribute('open'));
  const opener = target(event, '[data-dialog]');
  if (opener) openDialog(event, opener);
  if (event.target instanceof HTMLDialogElement && isOnBackdrop(event, event.target)) event.target.close();
});

document.addEventListener('keydown', (event) => {
  const menus = document.querySelectorAll('details[data-menu][open]');
  if (event.key !== 'Escape' || menus.length === 0) return;
  const menu = target(event, 'details[data-menu][open]') ?? menus[menus.length - 1];
  event.preventDefault();
  closeMenus();
  menu.querySelector('summary')?.focus();
});

const grouped = (all) => [...document.querySelectorAll('input[type=checkbox]')]
  .filter((box) => box.name === all.dataset.checkAll && box.form === all.form && !box.disabled);

document.addEventListener('change', (event) => {
  const field = event.target;
  if (field.matches('[data-check-all]')) for (const box of grouped(field)) box.checked = field.checked;
  if (field.type === 'checkbox') {
    for (const all of document.querySelectorAll('[data-check-all]')) {
      const boxes = grouped(all);
      all.checked = boxes.length > 0 && boxes.every((box) => box.checked);
      all.indeterminate = !all.checked && boxes.some((box) => box.checked);
    }
  }
  if (field.matches('select[data-submit], input[data-submit]')) field.form?.requestSubmit();
});

/** Chooses the answer that a field beside the choices belongs to, where nothing more was to come. */
function answer({ target: field }) {
  const wanted = field.dataset.answers?.split(' ');
  const chosen = wanted && field.form?.querySelector('[name=next]:checked');
  const first = wanted && field.form?.querySelector(`[name=next][value="${CSS.escape(wanted[0])}"]`);
  if (first && chosen?.value === 'nothing') first.checked = true;
}

let searching;
document.addEventListener('input', (event) => {
  answer(event);
  if (event.target.matches('textarea[data-grow]')) grow(event.target);
  if (!event.target.matches('input[data-search]') || event.isComposing) return;
  clearTimeout(searching);
  const field = event.target;
  searching = setTimeout(() => field.isConnected && field.form?.requestSubmit(), 250);
});
document.addEventListener('submit', () => clearTimeout(searching));

const smallest = new WeakMap();
function grow(area) {
  if (!smallest.has(area)) smallest.set(area, area.rows);
  area.rows = smallest.get(area);
  const look = getComputedStyle(area);
  const line = parseFloat(look.lineHeight) || parseFloat(look.fontSize) * 1.2;
  const lines = Math.ceil((area.scrollHeight - parseFloat(look.paddingTop) - parseFloat(look.paddingBottom)) / line);
  area.rows = Math.max(area.rows, Math.min(lines || 0, 20));
}

function fillZone(field) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || field.value) return;
  const select = field.matches('select') ? field : field.closest('.field, form')?.querySelector('select');
  const option = select && !select.value && [...select.options].find((one) => one.value === zone);
  // Set as the default too: what the browser filled in is not an unsaved change.
  if (option) option.selected = option.defaultSelected = true;
  if (field !== select) field.value = field.defaultValue = zone;
}

let leaving = false;
// On window, after every listener on document: only a submit that nobody took over leaves the page.
window.addEventListener('submit', (event) => { leaving = !event.defaultPrevented && !closes(event); });
window.addEventListener('pageshow', () => { leaving = false; });
window.addEventListener('beforeunload', (event) => { if (!leaving && hasUnsaved()) event.preventDefault(); });

// A page that tells what is wrong begins there.
document.querySelector('.bad :is(input, select, textarea)')?.focus();

document.querySelectorAll('#toasts > .toast').forEach(fade); // those a swap brings are faded by the swap
onSwap(() => {
  document.querySelectorAll('textarea[data-grow]').forEach(grow);
  document.querySelectorAll('[data-timezone]').forEach(fillZone);
});
