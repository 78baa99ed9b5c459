/*
 * A callee outside the run that promises the impossible.
 * Proved: f
 * Smoke: yes
 * Gates: callee, vacuous
 */
/*@ assigns \nothing;
  @ ensures \result < 1 && \result > 1;
  @*/
int outside(void);

/*@ assigns \nothing;
  @ ensures \result == 3;
  @*/
int f(void)
{
    return outside();
}
