// SPDX-License-Identifier: GPL-2.0
/*
 * Objectives: what the flows of a cgroup are to strive for, where an app's
 * network takes that as its leading inputs. Bounded; an entry outlives its
 * cgroup, whose id never comes back, until it is deleted.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "core.h"

/* Readers hold rcu_read_lock, writers lf_mutex. */
struct lf_objective {
	struct rcu_head rcu;
	s32 weights[LF_WEIGHTS_MAX];
};

/* Copy the weights of a cgroup. Any context. */
bool lf_objective(struct lf_app *app, u64 cgroup, s32 *weights)
{
	const struct lf_objective *objective;

	rcu_read_lock();
	objective = xa_load(&app->objectives, cgroup);
	if (objective)
		memcpy(weights, objective->weights,
		       app->desc->n_weights * sizeof(*weights));
	rcu_read_unlock();
	return objective;
}
EXPORT_SYMBOL_GPL(lf_objective);

static const char *lf_objective_check(const struct lf_app_desc *desc,
				      const s32 *weights, u32 n)
{
	u32 i;

	if (!desc->n_weights)
		return "the app's network takes no objective";
	if (n != desc->n_weights)
		return "wrong number of weights";
	for (i = 0; i < n; i++) {
		if (weights[i] < desc->in[i].lo || weights[i] > desc->in[i].hi)
			return "weight out of range";
	}
	return memchr_inv(weights, 0, n * sizeof(*weights)) ? NULL :
	       "no weight is above 0";
}

int lf_objective_set(struct lf_app *app, u64 cgroup, const s32 *weights, u32 n,
		     struct netlink_ext_ack *extack)
{
	const char *why = lf_objective_check(app->desc, weights, n);
	struct lf_objective *objective, *old;

	lockdep_assert_held(&lf_mutex);
	if (why) {
		extack->_msg = why;
		return -EINVAL;
	}
	if (!xa_load(&app->objectives, cgroup) &&
	    app->n_objectives >= LF_OBJECTIVES_MAX) {
		NL_SET_ERR_MSG(extack, "too many objectives");
		return -ENOSPC;
	}
	objective = kzalloc(sizeof(*objective), GFP_KERNEL);
	if (!objective)
		return -ENOMEM;
	memcpy(objective->weights, weights, n * sizeof(*weights));
	old = xa_store_bh(&app->objectives, cgroup, objective, GFP_KERNEL);
	if (xa_is_err(old)) {
		kfree(objective);
		return xa_err(old);
	}
	if (old)
		kfree_rcu(old, rcu);
	else
		app->n_objectives++;
	return 0;
}

int lf_objective_del(struct lf_app *app, u64 cgroup)
{
	struct lf_objective *old;

	lockdep_assert_held(&lf_mutex);
	old = xa_erase_bh(&app->objectives, cgroup);
	if (!old)
		return -ENOENT;
	app->n_objectives--;
	kfree_rcu(old, rcu);
	return 0;
}

/* The app goes; it has no flow left. */
void lf_objective_clear(struct lf_app *app)
{
	struct lf_objective *objective;
	unsigned long cgroup;

	xa_for_each(&app->objectives, cgroup, objective)
		kfree(objective);
	xa_destroy(&app->objectives);
}
