/*
 * A function with fewer properties than were once proved of it.
 * Proved: f
 * Floor: f 12
 * Gates: floor
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return 2;
}
