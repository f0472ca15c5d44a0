// The menu of human resources, and what drives a number, drawn as a waterfall.
import { tour } from "../src/tour.ts";

tour(["e0255"], ["/dictionary/renewal_rate/drivers?period=2025-Q4"]);
