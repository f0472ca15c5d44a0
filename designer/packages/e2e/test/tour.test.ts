// The menus of an employee and of a head of department; that of human resources is the longest, and a file of its own.
import { tour } from "../src/tour.ts";

tour(["e0130", "e0123"]);
