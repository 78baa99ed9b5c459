/*
 * A function with a wrong contract that functions.txt does not name.
 * Proved: f
 * Gates: list
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}

/*@ assigns \nothing;
  @ ensures \result == 3;
  @*/
int forgotten(void)
{
    return 4;
}
