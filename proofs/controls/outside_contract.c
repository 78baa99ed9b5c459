/*
 * A contract that no unit proves.
 * Proved: f
 * Gates: callee
 */
/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int outside(void);

/*@ assigns \nothing;
  @ ensures \result == 1;
  @*/
int f(void)
{
    return outside();
}
