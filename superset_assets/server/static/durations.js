/* A number format for charts: DURATION_S shows seconds by their two largest units, as 1h 24m.
 *
 * Superset's own formats of durations take milliseconds and show every unit. Its registry of formats
 * is within its bundle. What the bundler hands to each chunk that loads, it hands to one of ours too:
 * with that the registry is found, by what it is and not by a number, as soon as it is there and
 * before any chart is.
 */
(function () {
  'use strict';

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

  function functions(module) {
    return Object.values(module).filter(function (value) { return typeof value === 'function'; });
  }

  // What a runtime's bundle has loaded, as far as it concerns us: read once, for it is long.
  function Bundle(require) {
    this.require = require;
    this.read = new Set();
    this.makers = [];
    this.users = [];
  }

  Bundle.prototype.readOn = function () {
    var modules = this.require.m;
    Object.keys(modules).forEach(function (id) {
      if (this.read.has(id)) return;
      this.read.add(id);
      var text = String(modules[id]);
      if (text.includes('name:"NumberFormatter"')) this.makers.push(id);
      if (text.includes('.setD3Format(')) this.users.push({ id: id, text: text });
    }, this);
  };

  // The registry of formats, or undefined while it is not there: it is what a module that loads the
  // registry's class gives out by a function without arguments. No other module's is called.
  Bundle.prototype.findRegistry = function () {
    this.readOn();
    var require = this.require;
    return this.makers.flatMap(function (maker) {
      var Registry = functions(require(maker))[0];
      return this.users
        .filter(function (user) { return user.text.includes('(' + maker + ')'); })
        .flatMap(function (user) { return functions(require(user.id)); })
        .filter(function (made) { return made.length === 0; })
        .map(function (made) { return made(); })
        .filter(function (value) { return value instanceof Registry; });
    }, this)[0];
  };

  function register(registry) {
    var Formatter = registry.get('SMART_NUMBER').constructor;
    registry.registerValue('DURATION_S', new Formatter({
      id: 'DURATION_S',
      label: 'Duration in s (5099 => 1h 24m)',
      formatFunc: duration,
    }));
  }

  // One bundler's runtime for each entry of the page; each is asked anew after each chunk.
  var waiting = [];
  var chunks = (window.webpackChunksuperset = window.webpackChunksuperset || []);

  function look() {
    waiting = waiting.filter(function (bundle) {
      try {
        var registry = bundle.findRegistry();
        if (registry) register(registry);
        return !registry;
      } catch (error) {
        // A part of it has not come yet.
        return true;
      }
    });
  }

  function watch() {
    var push = chunks.push;
    if (push.isDeskhouse) return;
    chunks.push = function () {
      var result = push.apply(chunks, arguments);
      queueMicrotask(look);
      return result;
    };
    chunks.push.isDeskhouse = true;
  }

  chunks.push([['deskhouse-durations'], {}, function (require) {
    waiting.push(new Bundle(require));
    // Only after this does the runtime put its own way of taking chunks in place.
    queueMicrotask(function () { watch(); look(); });
  }]);
})();
