# ruleid: penstock.python.debug-mode
DEBUG = True

INSTALLED_APPS = ["django.contrib.admin"]
