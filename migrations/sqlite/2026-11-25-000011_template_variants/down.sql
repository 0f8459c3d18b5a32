drop table template_uses;
drop table variants;
