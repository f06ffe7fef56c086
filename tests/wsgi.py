"""A WSGI client for the plugin's routes."""

from werkzeug.test import Client


class Site:
    """Serves the plugin's routes as TensorBoard does: exact, or by a prefix ending in /*."""

    def __init__(self, plugin):
        apps = plugin.get_plugin_apps()
        exact = {route: app for route, app in apps.items() if not route.endswith("/*")}
        prefixes = {route[:-1]: app for route, app in apps.items() if route.endswith("/*")}

        def serve(environ, start_response):
            path = environ["PATH_INFO"]
            app = exact.get(path) or next(app for prefix, app in prefixes.items() if path.startswith(prefix))
            return app(environ, start_response)

        self.client = Client(serve)

    def get(self, path, expected=200):
        response = self.client.get(path)
        assert response.status_code == expected, response.get_data(as_text=True)
        return response
