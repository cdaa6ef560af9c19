/* A number format for charts: DURATION_S shows seconds by their two largest units, as 1h 24m.
 *
 * Superset's own formats of durations take milliseconds and show every unit, and its registry of
 * formats is within its bundle, out of reach. But the registry keeps formats in a plain object, by
 * name: so whoever waits for the name of one of Superset's own sees the object as that is put in,
 * before any chart is drawn, and puts ours in beside it.
 */
(function () {
  'use strict';

  var THEIRS = 'DURATION_SUB';
  var OURS = 'DURATION_S';
  var UNITS = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];

  // 5099 is 1h 24m: what comes after the second unit is left out, not rounded into it.
  function duration(seconds) {
    var rest = Math.round(Math.abs(seconds));
    var first = UNITS.findIndex(function (unit) { return rest >= unit[1]; });
    if (first < 0) return '0s';
    var said = UNITS.slice(first, first + 2).map(function (unit) {
      var count = Math.floor(rest / unit[1]);
      rest -= count * unit[1];
      return count > 0 ? count + unit[0] : '';
    });
    return (seconds < 0 ? '\u2212' : '') + said.filter(Boolean).join(' ');
  }

  function put(items, name, item) {
    Object.defineProperty(items, name, {
      value: item, writable: true, enumerable: true, configurable: true,
    });
  }

  Object.defineProperty(Object.prototype, THEIRS, {
    configurable: true,
    set: function (item) {
      delete Object.prototype[THEIRS];
      put(this, THEIRS, item);
      var Formatter = item.value.constructor;
      put(this, OURS, {
        value: new Formatter({
          id: OURS,
          label: 'Duration in s (5099 => 1h 24m)',
          formatFunc: duration,
        }),
      });
    },
  });
})();
