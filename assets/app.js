// Loads the parts that make pages quick; every page works without them. The board comes before the keys, so that a
// card in hand gets the arrows first.

import './small.js';
import './sheet.js';
import './swap.js';
import './board.js';
import './drag.js';
import './keys.js';
import './live.js';
import './clipboard.js';
import './thread.js';
import './limit.js';
import './picks.js';
