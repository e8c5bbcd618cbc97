// A conversation's page.

import { startActs } from "./acts.js";
import { startClock } from "./clock.js";
import { startComposer } from "./composer.js";
import { startLog } from "./log.js";
import { startStream } from "./stream.js";

startLog();
startActs();
startComposer();
startClock();
startStream();
