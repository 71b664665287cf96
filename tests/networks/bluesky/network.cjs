// The Bluesky network's own software (directory, personal data server, app view) for tests.
// PORTS: plc, pds, bsky, ozone, control. POST /sync at the control port answers once all that
// was written is indexed.
const http = require("node:http");
const { TestNetwork } = require("@atproto/dev-env");

const [plc, pds, bsky, ozone, control] = process.env.PORTS.split(",").map(Number);

async function main() {
  const network = await TestNetwork.create({
    dbPostgresSchema: "test",
    plc: { port: plc },
    pds: { port: pds, hostname: "localhost", inviteRequired: false },
    bsky: { port: bsky },
    ozone: { port: ozone },
  });
  const answer = async (request, response) => {
    try {
      if (request.url === "/sync") await network.processAll(20000);
      response.end("ok");
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  };
  http.createServer(answer).listen(control, "127.0.0.1", () => console.log("READY"));
  process.on("SIGTERM", () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
