/** What the pointer does when it drags over the stage. */
export type Tool = "move" | "lasso" | "rectangle";

/** What a new choice of points does to the selection: shift adds, alt subtracts. */
export type SelectMode = "replace" | "add" | "subtract";
