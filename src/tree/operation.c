/* One call that writes: all of it or nothing; see edit.h. */
#include "edit.h"

quire_status operation_begin(struct operation *operation, struct view *view)
{
    if (view->doomed) {
        return fault_set(view->fault, QUIRE_DOOMED, "the transaction failed midway earlier: only rollback is left");
    }
    view_hold(view, NULL);
    operation->view = view;
    pager_mark(view->store->pager, &operation->mark);
    return space_cache_open(view);
}

quire_status operation_end(struct operation *operation, quire_status status)
{
    struct view *view = operation->view;
    if (status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS) {
        return status;
    }
    /* The first failure is the one to tell; if going back fails too, the view is doomed by it. */
    struct fault first = *view->fault;
    (void)view_rollback_to(view, &operation->mark);
    *view->fault = first;
    return status;
}
