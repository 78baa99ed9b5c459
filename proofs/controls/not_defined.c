/*
 * A function of functions.txt that its file only declares.
 * Proved: f
 * Gates: goal, list, property, warning
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void);
