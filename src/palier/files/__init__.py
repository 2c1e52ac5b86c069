"""Files people send: received in parts, kept per vendor under the hash of their content, checked before anybody reads them."""
