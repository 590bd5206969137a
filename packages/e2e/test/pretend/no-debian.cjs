// A machine that is not Debian and has fetched nothing yet.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { existsSync } = fs;
fs.existsSync = (path) => !/\.cache\/debian$|^\/usr\/bin\/(apt-get|dpkg)$/.test(String(path)) && existsSync(path);
syncBuiltinESMExports();
