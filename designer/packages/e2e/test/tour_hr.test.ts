// The menu of human resources.
import { tour } from "../src/tour.ts";

tour(["e0255"]);
