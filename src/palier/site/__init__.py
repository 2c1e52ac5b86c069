"""How the parts are put together: settings, addresses, middleware, the database and the worker."""
