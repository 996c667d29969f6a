// SPDX-License-Identifier: GPL-2.0
/*
 * One mistake of each kind that the debug kernel is there to find; when it is
 * loaded. Only for a guest that is thrown away.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(faulty_spinlock);
static DEFINE_MUTEX(faulty_first);
static DEFINE_MUTEX(faulty_second);
static int faulty_value;
static int __rcu *faulty_pointer = (int __rcu __force *)&faulty_value;

static void faulty_use_after_free(void)
{
	int *gone = kmalloc(sizeof(*gone), GFP_KERNEL);

	if (!gone)
		return;
	OPTIMIZER_HIDE_VAR(gone);
	kfree(gone);
	faulty_value = READ_ONCE(*gone);
}

static void faulty_leak(void)
{
	int i;

	/* A copy of one may stay in a register or on the stack. */
	for (i = 0; i < 10; i++) {
		void *lost = kmalloc(100, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void faulty_rcu(void)
{
	faulty_value = READ_ONCE(*rcu_dereference(faulty_pointer));
}

static void faulty_sleep(void)
{
	spin_lock(&faulty_spinlock);
	might_sleep();
	spin_unlock(&faulty_spinlock);
}

static void faulty_order(void)
{
	mutex_lock(&faulty_first);
	mutex_lock(&faulty_second);
	mutex_unlock(&faulty_second);
	mutex_unlock(&faulty_first);
	mutex_lock(&faulty_second);
	mutex_lock(&faulty_first);
	mutex_unlock(&faulty_first);
	mutex_unlock(&faulty_second);
}

static int __init faulty_init(void)
{
	faulty_leak();
	faulty_rcu();
	faulty_sleep();
	/* lockdep gives up after its own report of an order, and after KASAN's. */
	faulty_order();
	faulty_use_after_free();
	return 0;
}

static void __exit faulty_exit(void)
{
}

module_init(faulty_init);
module_exit(faulty_exit);

MODULE_DESCRIPTION("LiteFlow test: what the debug kernel must report");
MODULE_LICENSE("GPL");
