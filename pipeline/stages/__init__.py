"""The stages. To add one, write its module and add its line here."""
