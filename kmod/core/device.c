// SPDX-License-Identifier: GPL-2.0
/*
 * Queries by a character device, /dev/liteflow/APP: reading it gives questions,
 * writing it answers, whole ones and as many at once as there are. Who has it
 * open serves the app; one at a time. Readers wait, poll, or ask again
 * (O_NONBLOCK); when the app's module goes they find the end of the file.
 *
 * Questions stand in a ring that any CPU fills under a lock and that one reader
 * empties without; a full one refuses.
 */
#include <linux/capability.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "core.h"

#define LF_DEVICE_QUERIES	1024	/* power of two */
#define LF_DEVICE_CHUNK		512	/* bytes of answers taken at once */

struct lf_device {
	struct miscdevice misc;
	struct lf_app *app;
	char name[LF_APP_MAX + sizeof("liteflow-")];
	char node[LF_APP_MAX + sizeof("liteflow/")];
};

/* One opening. It may outlive its app. */
struct lf_device_file {
	struct lf_server server;
	struct lf_app __rcu *app;	/* NULL: gone */
	u32 query_bytes, answer_bytes;
	spinlock_t lock;		/* filling */
	struct mutex reading;
	u32 filled, taken;		/* queries; they wrap */
	wait_queue_head_t wait;
	void *ring;
};

static struct lf_device_file *lf_device_file(struct lf_server *server)
{
	return container_of(server, struct lf_device_file, server);
}

static void *lf_device_at(const struct lf_device_file *own, u32 number)
{
	return own->ring + (number % LF_DEVICE_QUERIES) * own->query_bytes;
}

static int lf_device_ask(struct lf_server *server, const struct lf_flow *flow,
			 const s32 *in)
{
	struct lf_device_file *own = lf_device_file(server);
	int err = -ENOBUFS;

	spin_lock_bh(&own->lock);
	/* Pairs with the release in lf_device_take(). */
	if (own->filled - smp_load_acquire(&own->taken) < LF_DEVICE_QUERIES) {
		lf_query_fill(lf_device_at(own, own->filled), flow, in);
		/* Pairs with the acquire in lf_device_ready(). */
		smp_store_release(&own->filled, own->filled + 1);
		err = 0;
	}
	spin_unlock_bh(&own->lock);
	if (!err && wq_has_sleeper(&own->wait))
		wake_up_interruptible(&own->wait);
	return err;
}

static void lf_device_gone(struct lf_server *server)
{
	struct lf_device_file *own = lf_device_file(server);

	RCU_INIT_POINTER(own->app, NULL);
	wake_up_interruptible(&own->wait);
}

/* How many questions wait. */
static u32 lf_device_ready(const struct lf_device_file *own)
{
	/* Pairs with the release in lf_device_ask(). */
	return smp_load_acquire(&own->filled) - READ_ONCE(own->taken);
}

static bool lf_device_ended(const struct lf_device_file *own)
{
	return !rcu_access_pointer(own->app);
}

/* misc_open() keeps the device, and so its app, from going. */
static int lf_device_open(struct inode *inode, struct file *file)
{
	struct lf_device *device = container_of(file->private_data,
						struct lf_device, misc);
	struct lf_app *app = device->app;
	struct lf_device_file *own;
	int err = -ENOMEM;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	own = kzalloc(sizeof(*own), GFP_KERNEL);
	if (!own)
		return -ENOMEM;
	own->server.ask = lf_device_ask;
	own->server.gone = lf_device_gone;
	own->query_bytes = lf_query_bytes(app->desc->n_in);
	own->answer_bytes = lf_query_bytes(app->desc->n_out);
	spin_lock_init(&own->lock);
	mutex_init(&own->reading);
	init_waitqueue_head(&own->wait);
	RCU_INIT_POINTER(own->app, app);
	own->ring = kvcalloc(LF_DEVICE_QUERIES, own->query_bytes, GFP_KERNEL);
	if (!own->ring)
		goto err_free;
	mutex_lock(&lf_mutex);
	err = lf_serve(app, &own->server, NULL);
	mutex_unlock(&lf_mutex);
	if (err)
		goto err_ring;
	file->private_data = own;
	return stream_open(inode, file);

err_ring:
	kvfree(own->ring);
err_free:
	kfree(own);
	return err;
}

static int lf_device_release(struct inode *inode, struct file *file)
{
	struct lf_device_file *own = file->private_data;
	struct lf_app *app;

	mutex_lock(&lf_mutex);
	app = rcu_dereference_protected(own->app, lockdep_is_held(&lf_mutex));
	if (app)
		lf_serve_end(app);
	mutex_unlock(&lf_mutex);
	synchronize_rcu();
	kvfree(own->ring);
	kfree(own);
	return 0;
}

/* Callers are the only reader. */
static ssize_t lf_device_take(struct lf_device_file *own, char __user *to,
			      size_t bytes)
{
	u32 n = min_t(size_t, lf_device_ready(own), bytes / own->query_bytes);
	u32 first = own->taken, i;

	for (i = 0; i < n; i++) {
		if (copy_to_user(to + i * own->query_bytes,
				 lf_device_at(own, first + i),
				 own->query_bytes))
			break;
	}
	/* Pairs with the acquire in lf_device_ask(). */
	smp_store_release(&own->taken, first + i);
	if (n && !i)
		return -EFAULT;
	return i * own->query_bytes;
}

static ssize_t lf_device_read(struct file *file, char __user *to, size_t bytes,
			      loff_t *unused)
{
	struct lf_device_file *own = file->private_data;
	ssize_t got = 0;
	int err;

	if (bytes < own->query_bytes)
		return -EINVAL;
	while (!got && !lf_device_ended(own)) {
		if (!lf_device_ready(own)) {
			if (file->f_flags & O_NONBLOCK)
				return -EAGAIN;
			err = wait_event_interruptible(own->wait,
						       lf_device_ready(own) ||
						       lf_device_ended(own));
			if (err)
				return err;
		}
		err = mutex_lock_interruptible(&own->reading);
		if (err)
			return err;
		got = lf_device_take(own, to, bytes);
		mutex_unlock(&own->reading);
	}
	return got;
}

static ssize_t lf_device_write(struct file *file, const char __user *from,
			       size_t bytes, loff_t *unused)
{
	struct lf_device_file *own = file->private_data;
	char chunk[LF_DEVICE_CHUNK];
	size_t whole = rounddown(sizeof(chunk), own->answer_bytes), done = 0;
	struct lf_app *app;
	int taken;

	while (done < bytes) {
		u32 n = min(whole, bytes - done);

		cond_resched();
		if (signal_pending(current))
			return done ? done : -EINTR;
		if (copy_from_user(chunk, from + done, n))
			return done ? done : -EFAULT;
		rcu_read_lock();
		app = rcu_dereference(own->app);
		taken = app ? lf_query_answer(app, chunk, n) : -ENODEV;
		rcu_read_unlock();
		if (taken < 0)
			return done ? done : taken;
		done += taken;
		if (taken < n)
			break;
	}
	return done;
}

static __poll_t lf_device_poll(struct file *file, poll_table *table)
{
	struct lf_device_file *own = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &own->wait, table);
	if (lf_device_ended(own))
		return EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	if (lf_device_ready(own))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static const struct file_operations lf_device_operations = {
	.owner		= THIS_MODULE,
	.open		= lf_device_open,
	.release	= lf_device_release,
	.read		= lf_device_read,
	.write		= lf_device_write,
	.poll		= lf_device_poll,
};

/* Or an ERR_PTR. */
struct lf_device *lf_device_create(struct lf_app *app)
{
	struct lf_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int err;

	if (!device)
		return ERR_PTR(-ENOMEM);
	device->app = app;
	snprintf(device->name, sizeof(device->name), "liteflow-%s",
		 app->desc->name);
	snprintf(device->node, sizeof(device->node), "liteflow/%s",
		 app->desc->name);
	device->misc.minor = MISC_DYNAMIC_MINOR;
	device->misc.name = device->name;
	device->misc.nodename = device->node;
	device->misc.mode = 0600;
	device->misc.fops = &lf_device_operations;
	err = misc_register(&device->misc);
	if (!err)
		return device;
	kfree(device);
	return ERR_PTR(err);
}

/* No opening begins after it; one that is there loses its app elsewhere. */
void lf_device_destroy(struct lf_device *device)
{
	misc_deregister(&device->misc);
	kfree(device);
}
