// How the drivers of Node-RED have it: no editor, flows in memory, reports to nobody.
"use strict";

const os = require("node:os");

module.exports = {
  httpAdminRoot: false,
  httpNodeRoot: false,
  userDir: os.tmpdir(),
  storageModule: {
    init: async () => {},
    getFlows: async () => [],
    saveFlows: async () => {},
    getCredentials: async () => ({}),
    saveCredentials: async () => {},
    getSettings: async () => ({}),
    saveSettings: async () => {},
    getSessions: async () => ({}),
    saveSessions: async () => {},
  },
  credentialSecret: false,
  externalModules: { autoInstall: false },
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "fatal", metrics: false, audit: false } },
};
