// A conversation opens at its newest end, unless the address names a message in it.

import { onSwap } from './small.js';

onSwap(({ refresh }) => {
  if (refresh || location.hash.startsWith('#message-')) return;
  const pane = document.querySelector('.pane-thread');
  if (pane && !new URLSearchParams(location.search).has('before')) pane.scrollTop = pane.scrollHeight;
});
