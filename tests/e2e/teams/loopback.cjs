// The playground listens on every interface and has no option for it. Loaded before it: a server without an address
// of its own listens on this machine alone.
const net = require("node:net");

const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (port, ...rest) {
  const anywhere = typeof port === "number" && typeof rest[0] !== "string";
  return listen.call(this, port, ...(anywhere ? ["127.0.0.1"] : []), ...rest);
};
